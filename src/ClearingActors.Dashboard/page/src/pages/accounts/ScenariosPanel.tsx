import type { ColumnDef } from '@tanstack/react-table';
import { useCallback, useEffect, useId, useMemo, useState } from 'react';
import type { GetScenariosResponse, ScenarioGroup, ScenarioVector } from '../../api/gen/accounts';
import { call } from '../../api/rpc';
import { formatShort } from '../../format/decimal';
import { businessDate } from '../../format/time';
import { axis, Chart, type ChartColours } from '../../ui/Chart';
import { DataTable } from '../../ui/DataTable';
import { Badge, Figure, Panel } from '../../ui/Panel';
import { Time } from '../../ui/Time';
import { histogram } from './histogram';

/** What the positions gain and lose in the scenarios behind the requirement. Computed when it is asked for, not followed. */
export function ScenariosPanel({ account }: { account: string }) {
  const [answer, setAnswer] = useState<GetScenariosResponse>();
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const [group, setGroup] = useState({ group: '', client: '' });
  const groupId = useId();

  const load = useCallback(async () => {
    setBusy(true);
    try {
      setAnswer(await call('clearing.accounts.v1.AccountsService/GetScenarios', { account, ...group }));
      setError('');
    } catch (e) {
      setError((e as Error).message);
    } finally {
      setBusy(false);
    }
  }, [account, group]);

  useEffect(() => {
    void load();
  }, [load]);

  return (
    <Panel
      title="Scenarios behind the requirement"
      className="half"
      error={error}
      actions={
        <button type="button" className="plain" disabled={busy} onClick={() => void load()}>
          Compute again
        </button>
      }
    >
      {answer ? (
        answer.failure ? (
          <p className="muted">They cannot be computed: {answer.failure}</p>
        ) : answer.groups.length === 0 ? (
          <p className="muted">Nothing is held, so there is nothing to lose.</p>
        ) : (
          <>
            {answer.groups.length > 1 ? (
              <div className="filters">
                <label htmlFor={groupId}>Product group</label>
                <select
                  id={groupId}
                  value={answer.groups.findIndex((g) => g.group === answer.selected?.group?.group && g.client === answer.selected?.group?.client)}
                  onChange={(e) => {
                    const chosen = answer.groups[Number(e.target.value)]!;
                    setGroup({ group: chosen.group, client: chosen.client });
                  }}
                >
                  {answer.groups.map((g, i) => (
                    <option key={`${g.group} ${g.client}`} value={i}>
                      {g.group}
                      {g.client ? ` of ${g.client}` : ''}: {formatShort(g.margin)} {answer.currency}
                    </option>
                  ))}
                </select>
                {answer.groupsInAll > answer.groups.length ? <span className="muted">the largest {answer.groups.length} of {answer.groupsInAll}</span> : null}
              </div>
            ) : null}
            {answer.selected?.group ? <Vector vector={answer.selected} group={answer.selected.group} currency={answer.currency} /> : <p className="muted">This group is not held any more.</p>}
            <p className="muted spaced">
              By the canonical routine at the newest marks, not at the last run's, for <Time at={answer.at} show="both" /> of business time; before offsets, add-ons and buffers. Model {answer.modelVersion.slice(0, 12)}, scenarios{' '}
              {answer.scenarioVersion.slice(0, 12)}.
            </p>
          </>
        )
      ) : error ? null : (
        <p role="status">Loading …</p>
      )}
    </Panel>
  );
}

/** A risk figure: a double, so told to the unit. */
function risk(value: number): string {
  return value.toLocaleString('en-GB', { maximumFractionDigits: 0 }).replace('-', '−');
}

interface Scenario {
  place: number;
  name: string;
  gain: number;
  inTail: boolean;
}

function Vector({ vector, group, currency }: { vector: ScenarioVector; group: ScenarioGroup; currency: string }) {
  const [all, setAll] = useState(false);
  const tail = useMemo(() => new Set(vector.tail), [vector]);
  const bins = useMemo(() => histogram(vector.gains, tail), [vector, tail]);
  const scenarios = useMemo(
    () => vector.gains.map((gain, place): Scenario => ({ place, gain, inTail: tail.has(place), name: group.scanned ? (vector.labels[place] ?? String(place)) : businessDate(vector.dates[place] ?? 0) })),
    [vector, tail, group.scanned],
  );
  const shown = useMemo(() => (all ? scenarios : vector.tail.map((place) => scenarios[place]!)), [all, scenarios, vector]);
  const isShortfall = group.measure === 'expected shortfall';

  const option = useCallback(
    (c: ChartColours) => ({
      grid: { left: 44, right: 16, top: 28, bottom: 42 },
      legend: { right: 8, top: 0, textStyle: { color: c.muted }, itemHeight: 8 },
      tooltip: {
        trigger: 'axis' as const,
        axisPointer: { type: 'shadow' as const },
        formatter: (points: unknown) => {
          const bin = bins[(points as { dataIndex: number }[])[0]?.dataIndex ?? 0];
          return bin ? `${risk(bin.from)} to ${risk(bin.to)} ${currency}\n${bin.count} scenarios${bin.tail ? `, ${bin.tail} in the tail` : ''}` : '';
        },
      },
      xAxis: {
        type: 'category' as const,
        name: `gain, ${currency}`,
        nameLocation: 'middle' as const,
        nameGap: 26,
        data: bins.map((bin) => formatShort((bin.from + bin.to) / 2)),
        ...axis(c),
        axisLabel: { ...axis(c).axisLabel, hideOverlap: true },
      },
      yAxis: { type: 'value' as const, minInterval: 1, ...axis(c) },
      series: [
        { name: 'in the tail', type: 'bar' as const, stack: 'all', barCategoryGap: '8%', itemStyle: { color: c.bad, decal: { symbol: 'rect', color: c.surface, dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: 0.8 } }, data: bins.map((bin) => bin.tail) },
        { name: 'other scenarios', type: 'bar' as const, stack: 'all', itemStyle: { color: c.accent }, data: bins.map((bin) => bin.count - bin.tail) },
      ],
    }),
    [bins, currency],
  );

  const columns = useMemo(
    (): ColumnDef<Scenario, any>[] => [
      { header: group.scanned ? 'Move' : 'Changes of', accessorKey: 'name', sortingFn: 'basic' },
      { header: `Gain, ${currency}`, accessorKey: 'gain', sortingFn: 'basic', cell: ({ row: { original: s } }) => <span className={`number${s.gain < 0 ? ' bad' : ''}`}>{risk(s.gain)}</span>, meta: { align: 'right' } },
      { header: 'Part', id: 'part', accessorFn: (s) => (s.inTail ? 0 : 1), cell: ({ row: { original: s } }) => (s.inTail ? <Badge tone="bad">tail</Badge> : <span className="muted">other</span>) },
    ],
    [group.scanned, currency],
  );

  return (
    <>
      <div className="figures scenario-figures">
        {group.scanned ? (
          <Figure name={`Scan risk, ${currency}`} note={`the largest loss of ${group.scenarios} moves`}>
            {risk(vector.valueAtRisk)}
          </Figure>
        ) : (
          <>
            <Figure name={`Expected shortfall, ${currency}`} note={`the mean of the ${vector.tail.length} worst of ${group.scenarios}${isShortfall ? '; the figure of the model' : ''}`} tone={isShortfall ? 'warn' : undefined}>
              {risk(vector.expectedShortfall)}
            </Figure>
            <Figure name="Value at risk" note={`${+(group.confidence * 100).toFixed(4)} %, ${group.days} days${isShortfall ? '' : '; the figure of the model'}`} tone={isShortfall ? undefined : 'warn'}>
              {risk(vector.valueAtRisk)}
            </Figure>
          </>
        )}
        {group.scanned && vector.spreadCharge > 0 ? <Figure name="Between expiries">{risk(vector.spreadCharge)}</Figure> : null}
        <Figure name="Margin of the group" note={`${group.group}${group.client ? ` of ${group.client}` : ''}, ${group.positions} ${group.positions === 1 ? 'position' : 'positions'}`}>
          {risk(group.margin)}
        </Figure>
      </div>
      <Chart
        label={`How often which gain occurs in ${group.scenarios} scenarios. The ${vector.tail.length} worst make the tail, from a loss of ${risk(vector.valueAtRisk)} ${currency} on; the table below has them.`}
        option={option}
        height={230}
      />
      <div className="filters">
        <label>
          <input type="checkbox" checked={all} onChange={(e) => setAll(e.target.checked)} /> all {group.scenarios} scenarios, not the tail alone
        </label>
      </div>
      <DataTable label={all ? 'All scenarios' : 'Scenarios of the tail, the worst first'} columns={columns} rows={shown} rowId={(s) => String(s.place)} height={260} />
    </>
  );
}
