import { BarChart, CustomChart, GaugeChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts';
import { AriaComponent, DataZoomComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent, TooltipComponent, VisualMapComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { useTheme } from './theme';

echarts.use([
  LineChart, BarChart, ScatterChart, HeatmapChart, GaugeChart, CustomChart, GridComponent, TooltipComponent, LegendComponent, MarkLineComponent, MarkAreaComponent, MarkPointComponent,
  VisualMapComponent, DataZoomComponent, AriaComponent, CanvasRenderer,
]);

export type ChartOption = Parameters<echarts.ECharts['setOption']>[0];

export interface ChartColours {
  text: string;
  muted: string;
  line: string;
  surface: string;
  accent: string;
  second: string;
  third: string;
  good: string;
  warn: string;
  bad: string;
}

function coloursNow(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: of('text'), muted: of('muted'), line: of('line'), surface: of('surface'), accent: of('accent'), second: of('second'), third: of('third'), good: of('good'), warn: of('warn'), bad: of('bad'),
  };
}

/**
 * A chart on canvas that follows the theme and its place's size. `label` says in words what it shows, for those who cannot see it; where the figures matter, a table stands beside it.
 * The option is a function of the theme's colours; once somebody has zoomed, another option changes what is drawn but not where they look. Tooltips are drawn on the
 * canvas: the page's policy allows no styles in HTML.
 */
export function Chart({ label, option, height = 240, onClick }: { label: string; option: (colours: ChartColours) => ChartOption; height?: number; onClick?: (event: { name: string; dataIndex: number }) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts>(null);
  const clicked = useRef(onClick);
  clicked.current = onClick;
  const zoom = useRef<Zoom[]>(undefined);
  const theme = useTheme();

  // Before the chart is made, which complains of a place without height.
  useEffect(() => {
    place.current!.style.height = `${height}px`;
    chart.current?.resize();
  }, [height]);

  useEffect(() => {
    const made = echarts.init(place.current!, undefined, { renderer: 'canvas' });
    chart.current = made;
    made.on('click', (event) => clicked.current?.({ name: String(event.name), dataIndex: event.dataIndex }));
    made.on('datazoom', () => {
      zoom.current = (made.getOption().dataZoom as Zoom[]).map(({ startValue, endValue }) => ({ startValue, endValue }));
    });
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(place.current!);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
      zoom.current = undefined;
    };
  }, []);

  useEffect(() => {
    const colours = coloursNow();
    const given = option(colours);
    chart.current?.setOption(
      {
        animation: false,
        textStyle: { color: colours.text, fontFamily: 'system-ui, sans-serif' },
        ...given,
        dataZoom: zoomed(given.dataZoom, zoom.current),
        tooltip: given.tooltip ? { renderMode: 'richText', confine: true, backgroundColor: colours.surface, borderColor: colours.line, textStyle: { color: colours.text, fontSize: 12 }, ...given.tooltip } : undefined,
      },
      { notMerge: true, lazyUpdate: true },
    );
  }, [option, theme]);

  return <div ref={place} className="chart" role="img" aria-label={label} />;
}

/** Where somebody looks: the first and the last value of an axis that are shown. */
interface Zoom {
  startValue: number;
  endValue: number;
}

function zoomed(given: ChartOption['dataZoom'], zoom: Zoom[] | undefined): ChartOption['dataZoom'] {
  return zoom && Array.isArray(given) ? given.map((one, i) => ({ ...one, ...zoom[i] })) : given;
}

/** A grid, and axes with the theme's colours, which most charts share. */
export function plainGrid(colours: ChartColours, left = 56) {
  return { left, right: 16, top: 16, bottom: 28, containLabel: false, borderColor: colours.line };
}

export function axis(colours: ChartColours) {
  return {
    axisLabel: { color: colours.muted, fontSize: 11 },
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { lineStyle: { color: colours.line } },
    splitLine: { lineStyle: { color: colours.line } },
    nameTextStyle: { color: colours.muted },
  };
}
