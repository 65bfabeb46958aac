import type { ColumnDef } from '@tanstack/react-table';
import { useCallback, useMemo, useState } from 'react';
import type { Decimal } from '../../api/gen/common';
import type { LiquidityNeed, StressRun } from '../../api/gen/stress';
import { useLive } from '../../api/live';
import { useHasRole } from '../../api/session';
import { approximate, compareDecimals, formatCount, formatShort, signOf } from '../../format/decimal';
import { businessDate } from '../../format/time';
import { ActionButton } from '../../ui/ActionButton';
import { Amount } from '../../ui/Amount';
import { axis, Chart, type ChartColours } from '../../ui/Chart';
import { DataTable } from '../../ui/DataTable';
import { Badge, Figure, Panel } from '../../ui/Panel';
import { Time } from '../../ui/Time';
import { coverage, coverTwo, factorsOf, losers, worst } from './figures';
import { ReverseStress } from './ReverseStress';

/** The last stress runs: who loses what, what there is for it. */
export function StressView() {
  const { value, error } = useLive('clearing.stress.v1.StressService/GetStressRuns', {}, 2000);
  const fund = useLive('clearing.stress.v1.StressService/GetDefaultFund', {}, 2000).value;
  const [chosen, setChosen] = useState('');
  const mayCompute = useHasRole('operator', 'riskmanager', 'auditor');
  const runs = value?.runs ?? [];
  const run = runs.find((r) => r.run === chosen) ?? runs.filter((r) => !r.underWay && !r.failure).at(-1) ?? runs.at(-1);
  if (!value) return error ? <p className="error">{error}</p> : <p role="status">Loading …</p>;
  return (
    <div className="panels">
      {error ? (
        <p className="error" role="alert">
          {error}
        </p>
      ) : null}
      <Panel
        title="Stress runs"
        actions={<ActionButton method="clearing.stress.v1.StressService/RunStress" request={{}} label="Run stress now" what="Run every stress scenario over the house as the last cycle left it" />}
      >
        {run ? <Headline run={run} runs={runs} onChoose={setChosen} held={fund?.held} /> : <p className="muted">{value.scenarios ? 'No stress test has been run yet.' : 'No scenarios are set, so there is nothing to run.'}</p>}
      </Panel>
      {run && run.scenarios.length > 0 ? (
        <>
          <Losses key={run.run} run={run} />
          <Panel title="What is left of the resources by scenario">
            <Resources run={run} />
            <p className="muted spaced">The resources are those that the run found: what was paid into the fund since is not in them.</p>
          </Panel>
          <Panel title="Liquidity on the day, though two do not pay">
            <Liquidity run={run} />
          </Panel>
        </>
      ) : null}
      {mayCompute && run && run.scenarios.length > 0 ? (
        <Panel title="Reverse stress: what would exhaust the resources">
          <ReverseStress factors={factorsOf(value.scenarios)} />
        </Panel>
      ) : null}
    </div>
  );
}

function Headline({ run, runs, onChoose, held }: { run: StressRun; runs: StressRun[]; onChoose: (run: string) => void; held: Decimal | undefined }) {
  const largest = worst(run);
  const cover = largest && held ? coverage(largest.demand, held) : undefined;
  return (
    <>
      <div className="filters">
        <label>
          Run
          <select value={run.run} onChange={(e) => onChoose(e.target.value)}>
            {[...runs].reverse().map((r) => (
              <option key={r.run} value={r.run}>
                {r.run} of {businessDate(r.businessDate)}, cycle {r.cycle}
                {r.underWay ? ', under way' : r.failure ? ', failed' : ''}
              </option>
            ))}
          </select>
        </label>
        <span className="muted">
          at <Time at={run.at} show="both" /> UTC by {run.by}
        </span>
        {run.underWay ? <Badge tone="info">Under way</Badge> : run.failure ? <Badge tone="bad">Came to nothing</Badge> : <Badge tone="good">Complete</Badge>}
      </div>
      {run.failure ? <p className="error">{run.failure}</p> : null}
      {largest ? (
        <div className="figures money spaced">
          <Figure name="Worst scenario" note="by what the two largest groups lose beyond their own means">
            {largest.scenario.scenario}
          </Figure>
          <Figure name={`Cover-2 demand, ${run.currency}`} note={`first to fail: ${largest.scenario.failed[0]?.members.join(', ') || 'nobody'}`}>
            <Amount value={largest.demand} currency={run.currency} />
          </Figure>
          {cover ? (
            <Figure name={`Default fund held now, ${run.currency}`} tone={cover.tone} note={cover.note}>
              <Amount value={held} currency={run.currency} />
            </Figure>
          ) : null}
          <Figure name="Members that fail in it" note={largest.scenario.failed.length === 1 ? 'in one round' : `in ${largest.scenario.failed.length} rounds`}>
            {formatCount(largest.scenario.failed.reduce((n, r) => n + r.members.length, 0))}
          </Figure>
        </div>
      ) : null}
    </>
  );
}

function Losses({ run }: { run: StressRun }) {
  // On a telephone the cells would be too narrow for their figures.
  const [table, setTable] = useState(window.innerWidth < 700);
  const members = useMemo(() => losers(run), [run]);
  return (
    <Panel
      title={`Uncovered losses, ${run.currency}: scenarios by members`}
      actions={
        <span role="group" aria-label="How to show them" className="panel-actions">
          <button type="button" className={table ? 'plain' : undefined} aria-pressed={!table} onClick={() => setTable(false)}>
            Heat map
          </button>
          <button type="button" className={table ? undefined : 'plain'} aria-pressed={table} onClick={() => setTable(true)}>
            Table
          </button>
        </span>
      }
    >
      {members.length === 0 ? <p className="muted">In no scenario does a member lose more than its own means.</p> : table ? <LossTable run={run} members={members} /> : <HeatMap run={run} members={members} />}
    </Panel>
  );
}

function HeatMap({ run, members }: { run: StressRun; members: string[] }) {
  const option = useCallback(
    (c: ChartColours) => {
      const data = run.scenarios.flatMap((s, y) => s.uncoveredLosses.filter((u) => members.includes(u.member)).map((u) => [members.indexOf(u.member), y, approximate(u.amount)]));
      const most = Math.max(1, ...data.map((d) => d[2]!));
      return {
        grid: { left: 12, right: 16, top: 8, bottom: 62, containLabel: true },
        tooltip: { formatter: (p: { value: number[] }) => `${run.scenarios[p.value[1]!]!.scenario}\n${members[p.value[0]!]}: ${Math.round(p.value[2]!).toLocaleString('en')} ${run.currency}` },
        xAxis: { type: 'category' as const, data: members, ...axis(c), splitLine: { show: false }, axisLabel: { ...axis(c).axisLabel, rotate: members.length > 8 ? 45 : 0, interval: 0 } },
        yAxis: { type: 'category' as const, data: run.scenarios.map((s) => s.scenario), ...axis(c), splitLine: { show: false }, inverse: true, axisLabel: { ...axis(c).axisLabel, width: 150, overflow: 'truncate' as const } },
        visualMap: { min: 0, max: most, orient: 'horizontal' as const, left: 'center', bottom: 0, calculable: false, itemHeight: 120, inRange: { color: [c.surface, c.bad] }, textStyle: { color: c.muted }, text: [formatShort(most), '0'] },
        series: [
          {
            name: 'uncovered loss', type: 'heatmap' as const, data, itemStyle: { borderColor: c.line, borderWidth: 1 },
            label: { show: window.innerWidth > 260 + members.length * 58, color: c.text, textBorderColor: c.surface, textBorderWidth: 3, formatter: (p: { value: number[] }) => (p.value[2]! > 0 ? formatShort(p.value[2]!) : '') },
          },
        ],
      };
    },
    [run, members],
  );
  const most = worst(run)!;
  return <Chart label={`Uncovered losses of ${members.length} members in ${run.scenarios.length} scenarios; the worst is ${most.scenario.scenario}. The table has every figure.`} option={option} height={110 + run.scenarios.length * 34} />;
}

function LossTable({ run, members }: { run: StressRun; members: string[] }) {
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label="Table of uncovered losses">
      <table>
        <thead>
          <tr>
            <th scope="col">Member</th>
            {run.scenarios.map((s) => (
              <th key={s.scenario} scope="col" className="right">
                {s.scenario}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {members.map((m) => (
            <tr key={m}>
              <th scope="row">{m}</th>
              {run.scenarios.map((s) => (
                <td key={s.scenario} className="right">
                  <Amount value={s.uncoveredLosses.find((u) => u.member === m)?.amount} currency={run.currency} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Resources({ run }: { run: StressRun }) {
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label="Resources by scenario">
      <table>
        <thead>
          <tr>
            <th scope="col">Scenario</th>
            <th scope="col">Result</th>
            <th scope="col" className="right">
              Cover-2 demand
            </th>
            <th scope="col" className="right">
              Resources left
            </th>
            <th scope="col" className="right">
              Not covered
            </th>
            <th scope="col" className="wide">
              Who fails, by round
            </th>
          </tr>
        </thead>
        <tbody>
          {run.scenarios.map((s) => (
            <tr key={s.scenario}>
              <th scope="row">{s.scenario}</th>
              <td>{signOf(s.unallocated) > 0 ? <Badge tone="bad">Exhausted</Badge> : <Badge tone="good">Covered</Badge>}</td>
              <td className="right">
                <Amount value={coverTwo(s)} currency={run.currency} />
              </td>
              <td className="right">
                <Amount value={s.resourcesLeft} currency={run.currency} />
              </td>
              <td className="right">
                <Amount value={s.unallocated} currency={run.currency} />
              </td>
              <td className="wide">{s.failed.map((r) => r.members.join(', ')).join(' → ') || 'nobody'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type Need = LiquidityNeed & { scenario: string };

const needColumns: ColumnDef<Need, any>[] = [
  { id: 'scenario', header: 'Scenario', accessorFn: (n) => n.scenario },
  { id: 'result', header: 'Result', accessorFn: (n) => signOf(n.shortfall), cell: ({ row: { original: n } }) => (signOf(n.shortfall) > 0 ? <Badge tone="bad">Short</Badge> : <Badge tone="good">Covered</Badge>) },
  { id: 'currency', header: 'Currency', accessorFn: (n) => n.currency, meta: { wide: true } },
  ...(['payments', 'cash', 'fund', 'shortfall'] as const).map((name) => ({
    id: name, header: { payments: 'To be paid', cash: 'Their cash', fund: 'Fund’s cash', shortfall: 'Short' }[name], meta: { align: 'right' as const, wide: name !== 'shortfall' },
    accessorFn: (n: Need) => n[name], sortingFn: (a: { original: Need }, b: { original: Need }) => compareDecimals(a.original[name], b.original[name]),
    cell: ({ row: { original: n } }: { row: { original: Need } }) => <Amount value={n[name]} currency={n.currency} show={name === 'shortfall'} />,
  })),
  { id: 'members', header: 'Who does not pay', meta: { wide: true }, accessorFn: (n) => n.members.join(', ') },
];

function Liquidity({ run }: { run: StressRun }) {
  const needs = useMemo(() => run.scenarios.flatMap((s) => s.liquidity.map((n) => ({ ...n, scenario: s.scenario }))).sort((a, b) => compareDecimals(b.shortfall, a.shortfall)), [run]);
  return needs.length === 0 ? <p className="muted">Nobody owes anything in any scenario.</p> : <DataTable label="Liquidity by scenario and currency" columns={needColumns} rows={needs} rowId={(n) => `${n.scenario} ${n.currency}`} height={320} />;
}
