import { useCallback, useMemo } from 'react';
import { Link } from 'react-router-dom';
import type { Alert, GetLoadResponse, GetOverviewResponse } from '../../api/gen/house';
import { useLive } from '../../api/live';
import { formatCount } from '../../format/decimal';
import { millisOf, utcTime } from '../../format/time';
import { axis, Chart, plainGrid, type ChartColours } from '../../ui/Chart';
import { Badge, Figure, Panel, type Tone } from '../../ui/Panel';
import { Time } from '../../ui/Time';
import { pathOf } from '../pages';
import { overdueText, verdictOf } from './invariants';
import { MarksPanel } from './MarksPanel';
import { OpenCallsPanel, TotalsPanel, WorstMembersPanel } from './HousePanels';

export default function OverviewPage() {
  const overview = useLive('clearing.house.v1.HouseService/GetOverview', {}, 500);
  const load = useLive('clearing.house.v1.HouseService/GetLoad', {}, 1000);
  const margin = useLive('clearing.accounts.v1.AccountsService/GetHouse', {}, 1000);
  const house = overview.value;
  if (!house) return overview.error ? <p className="error">{overview.error}</p> : <p role="status">Loading …</p>;
  return (
    <div className="panels">
      <Headline house={house} />
      <Panel title="Alerts" className="half" error={overview.error}>
        <Alerts alerts={house.alerts} />
      </Panel>
      <Panel title="Invariants" className="half">
        <Invariants house={house} />
      </Panel>
      <Panel title="Trades a second, last five minutes" className="half" error={load.error}>
        <LoadChart load={load.value} />
      </Panel>
      <Panel title="Commit latency, milliseconds" className="half">
        <LatencyChart load={load.value} />
      </Panel>
      <TotalsPanel house={margin.value} error={margin.error} />
      <WorstMembersPanel house={margin.value} error={margin.error} />
      <OpenCallsPanel house={margin.value} error={margin.error} />
      <MarksPanel />
    </div>
  );
}

function Headline({ house }: { house: GetOverviewResponse }) {
  const load = house.load;
  const rejected = Object.entries(house.rejectedByReason).sort((a, b) => Number(b[1]) - Number(a[1]))[0];
  return (
    <div className="figures">
      <Figure name="Trades a second" note={`${formatCount(house.tradesNovated)} since the node started`}>
        {formatCount(load?.tradesPerSecond ?? 0)}
      </Figure>
      <Figure name="Commit latency" note="median, and 99th percentile, of the last second">
        {load && load.commitP99 > 0 ? `${load.commitMedian.toFixed(1)} / ${load.commitP99.toFixed(1)} ms` : 'no commit'}
      </Figure>
      <Figure name="Rejected" note={rejected ? `most often ${rejected[0]}` : 'none since the node started'}>
        {formatCount(house.tradesRejected)}
      </Figure>
      <Figure name="Settlement cycle" note={house.cycleStage}>
        {formatCount(house.cycle)}
      </Figure>
      <Figure name="Signed up to" note={house.checkpoint === '0' ? 'no checkpoint yet' : <>checkpoint of <Time at={house.checkpointTime} show="both" /></>}>
        {house.checkpoint === '0' ? '–' : `No. ${formatCount(house.checkpoint)}`}
      </Figure>
    </div>
  );
}

const tones: Record<Alert['severity'], Tone> = { SEVERITY_UNSPECIFIED: 'info', SEVERITY_NOTICE: 'info', SEVERITY_WARNING: 'warn', SEVERITY_CRITICAL: 'bad' };
const words: Record<Alert['severity'], string> = { SEVERITY_UNSPECIFIED: 'Notice', SEVERITY_NOTICE: 'Notice', SEVERITY_WARNING: 'Warning', SEVERITY_CRITICAL: 'Critical' };

function Alerts({ alerts }: { alerts: Alert[] }) {
  if (alerts.length === 0) return <p className="muted">Nothing needs attention.</p>;
  return (
    <ul className="alerts">
      {alerts.map((alert) => {
        const path = pathOf(alert.page);
        return (
          <li key={alert.id}>
            <Badge tone={tones[alert.severity]}>{words[alert.severity]}</Badge>
            <span className="alert-text">{path && path !== '/' ? <Link to={path}>{alert.text}</Link> : alert.text}</span>
            <span className="muted">
              since <Time at={alert.since} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Invariants({ house }: { house: GetOverviewResponse }) {
  const check = house.invariants;
  if (!check || check.checkedAt === '0') return check?.overdue ? <p className="error">{overdueText(check)}</p> : <p className="muted">Not checked yet since the node started.</p>;
  const all: [string, boolean, string][] = [
    ['Matched book', check.matchedBook, 'in every instrument as many lots are held long as short'],
    ['Cash', check.cashConserved, 'in every currency all accounts sum to zero'],
    ['Securities and coins', check.assetsConserved, 'what came in is held or went out'],
  ];
  return (
    <>
      <ul className="alerts">
        {all.map(([name, holds, meaning]) => {
          const verdict = verdictOf(check, holds);
          return (
            <li key={name}>
              <Badge tone={verdict.tone}>{verdict.word}</Badge>
              <strong>{name}</strong>
              <span className="muted alert-text">{meaning}</span>
            </li>
          );
        })}
      </ul>
      {check.overdue ? <p className="error">{overdueText(check)}</p> : null}
      {check.broken.length > 0 ? <p className="error">Not zero: {check.broken.join(', ')}</p> : null}
      <p className="muted spaced">
        Checked over {formatCount(check.accounts)} accounts at <Time at={check.checkedAt} />
        {check.waited !== '0' ? `, while new trades waited ${Math.ceil(Number(check.waited) / 1e6)} ms: they never pause, and with trades in flight sums need not be zero.` : check.quiet ? '.' : '; since then there were always trades in flight.'}
      </p>
    </>
  );
}

function useTimes(load: GetLoadResponse | undefined) {
  return useMemo(() => (load?.at ?? []).map((at) => millisOf(at)), [load]);
}

function timeAxis(colours: ChartColours) {
  return { type: 'time' as const, ...axis(colours), splitLine: { show: false }, axisLabel: { ...axis(colours).axisLabel, formatter: (at: number) => utcTime(at), hideOverlap: true } };
}

const tooltip = { trigger: 'axis' as const, axisPointer: { label: { formatter: (p: { value: unknown }) => `${utcTime(Number(p.value))} UTC` } } };

function LoadChart({ load }: { load: GetLoadResponse | undefined }) {
  const at = useTimes(load);
  const option = useCallback(
    (c: ChartColours) => ({
      grid: plainGrid(c),
      tooltip,
      xAxis: timeAxis(c),
      yAxis: { type: 'value' as const, min: 0, ...axis(c) },
      series: [{ name: 'trades a second', type: 'line' as const, showSymbol: false, lineStyle: { width: 1.5, color: c.accent }, itemStyle: { color: c.accent }, areaStyle: { color: c.accent, opacity: 0.12 }, data: at.map((t, i) => [t, load!.tradesPerSecond[i]!]) }],
    }),
    [at, load],
  );
  const newest = load?.tradesPerSecond.at(-1);
  return <Chart label={`Trades a second over the last five minutes, now ${formatCount(newest ?? 0)}`} option={option} height={200} />;
}

function LatencyChart({ load }: { load: GetLoadResponse | undefined }) {
  const at = useTimes(load);
  const option = useCallback(
    (c: ChartColours) => ({
      grid: plainGrid(c),
      tooltip,
      legend: { right: 8, top: 0, textStyle: { color: c.muted }, itemHeight: 8 },
      xAxis: timeAxis(c),
      yAxis: { type: 'value' as const, min: 0, ...axis(c) },
      series: [
        { name: '99th percentile', type: 'line' as const, showSymbol: false, lineStyle: { width: 1.5, type: 'dashed' as const, color: c.third }, itemStyle: { color: c.third }, data: at.map((t, i) => [t, load!.commitP99[i]!]) },
        { name: 'median', type: 'line' as const, showSymbol: false, lineStyle: { width: 1.5, color: c.second }, itemStyle: { color: c.second }, data: at.map((t, i) => [t, load!.commitMedian[i]!]) },
      ],
    }),
    [at, load],
  );
  return <Chart label={`Commit latency over the last five minutes, median now ${(load?.commitMedian.at(-1) ?? 0).toFixed(1)} milliseconds`} option={option} height={200} />;
}
