import { useCallback, useMemo } from 'react';
import type { GetMarginResponse, RequirementPart } from '../../api/gen/margin';
import { approximate, formatShort } from '../../format/decimal';
import { Amount } from '../../ui/Amount';
import { axis, Chart, type ChartColours } from '../../ui/Chart';
import { Panel } from '../../ui/Panel';
import { Time } from '../../ui/Time';

const partWord: Record<string, string> = {
  model: 'Model, group by group',
  offsets: 'Offsets between groups',
  buffer: '25 % buffer',
  stressed_period: 'Stress period',
  long_window: 'Ten-year floor',
  short_option_minimum: 'Short options',
  pin_risk: 'Pin risk',
  wrong_way: 'Wrong-way risk',
  liquidity: 'Liquidity',
  floor: 'Floor by notional',
  configured: 'Amount per lot',
};

interface Part {
  name: string;
  indicative: RequirementPart['amount'];
  official: RequirementPart['amount'];
}

/** What the requirement is made of: by the monitor now, and by the last run. */
export function RequirementPanel({ margin }: { margin: GetMarginResponse }) {
  const parts = useMemo(() => {
    const names = [...new Set([...margin.indicativeParts, ...(margin.official?.parts ?? [])].map((p) => p.name))];
    const of = (all: RequirementPart[] | undefined, name: string) => all?.find((p) => p.name === name)?.amount;
    return names.map((name): Part => ({ name, indicative: of(margin.indicativeParts, name), official: of(margin.official?.parts, name) }));
  }, [margin]);
  const now = margin.indicative !== undefined;
  const option = useCallback(
    (c: ChartColours) => ({
      grid: { left: 132, right: 24, top: 8, bottom: 24 },
      tooltip: { trigger: 'axis' as const, axisPointer: { type: 'shadow' as const }, valueFormatter: (v: unknown) => formatShort(Number(v)) },
      xAxis: { type: 'value' as const, ...axis(c), axisLabel: { ...axis(c).axisLabel, formatter: (v: number) => formatShort(v), hideOverlap: true } },
      yAxis: { type: 'category' as const, inverse: true, data: parts.map((p) => partWord[p.name] ?? p.name), ...axis(c), splitLine: { show: false } },
      series: [
        {
          name: now ? 'now' : 'last run',
          type: 'bar' as const,
          barMaxWidth: 18,
          itemStyle: { color: c.accent },
          data: parts.map((p) => {
            const value = approximate(now ? p.indicative : p.official);
            return { value, itemStyle: { color: value < 0 ? c.second : c.accent } };
          }),
        },
      ],
    }),
    [parts, now],
  );
  return (
    <Panel title="Requirement by component" className="half">
      {parts.length === 0 ? (
        <p className="muted">No model margins this account{margin.stale ? `: ${margin.stale}` : '.'}</p>
      ) : (
        <>
          <Chart label="The requirement by component; the table below has the figures" option={option} height={Math.max(90, 34 + parts.length * 30)} />
          <div className="table-frame" tabIndex={0} role="region" aria-label="Components of the requirement">
            <table>
              <thead>
                <tr>
                  <th scope="col">Component, {margin.currency}</th>
                  <th scope="col" className="right">
                    Now
                  </th>
                  <th scope="col" className="right wide">
                    Last run
                  </th>
                </tr>
              </thead>
              <tbody>
                {parts.map((part) => (
                  <tr key={part.name}>
                    <td>{partWord[part.name] ?? part.name}</td>
                    <td className="right">
                      <Amount value={part.indicative} currency={margin.currency} />
                    </td>
                    <td className="right wide">
                      <Amount value={part.official} currency={margin.currency} />
                    </td>
                  </tr>
                ))}
                <tr>
                  <th scope="row">Together</th>
                  <td className="right">
                    <strong>
                      <Amount value={margin.indicative?.requirement} currency={margin.currency} />
                    </strong>
                  </td>
                  <td className="right wide">
                    <strong>
                      <Amount value={margin.official?.coverage?.requirement} currency={margin.currency} />
                    </strong>
                  </td>
                </tr>
              </tbody>
            </table>
          </div>
          {margin.official ? (
            <p className="muted spaced">
              Last run: No. {margin.official.run}, <Time at={margin.official.at} show="both" /> of business time. Its scenarios, with the positions as it found them, are derived from a copy of the journal by{' '}
              <code>
                clearing audit explain {margin.account}:{margin.official.run}
              </code>
              .
            </p>
          ) : (
            <p className="muted spaced">No margin run has assessed the account yet.</p>
          )}
        </>
      )}
    </Panel>
  );
}
