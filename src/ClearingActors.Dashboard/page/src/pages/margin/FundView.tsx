import type { ColumnDef } from '@tanstack/react-table';
import { useCallback } from 'react';
import type { Contribution, GetDefaultFundResponse } from '../../api/gen/stress';
import { useLive } from '../../api/live';
import { compareDecimals, formatCount, signOf } from '../../format/decimal';
import { ActionButton } from '../../ui/ActionButton';
import { Amount } from '../../ui/Amount';
import { Chart, type ChartColours } from '../../ui/Chart';
import { DataTable } from '../../ui/DataTable';
import { Badge, Figure, Panel, type Tone } from '../../ui/Panel';
import { Countdown, Time } from '../../ui/Time';
import { percent, sum } from './figures';

/** The default fund: how large it must be, what is held, and who owes. */
export function FundView() {
  const { value: fund, error } = useLive('clearing.stress.v1.StressService/GetDefaultFund', {}, 1000);
  const now = useLive('clearing.house.v1.HouseService/GetOverview', {}, 500).value?.businessTime;
  if (!fund) return error ? <p className="error">{error}</p> : <p role="status">Loading …</p>;
  const size = (
    <ActionButton
      method="clearing.stress.v1.StressService/SizeDefaultFund"
      request={{ dryRun: false }}
      label="Size the fund"
      what="Size the default fund from the last stress run, and call what members owe to it"
    />
  );
  if (!fund.size) {
    return (
      <Panel title="Default fund" actions={size} error={error}>
        <p className="muted">The fund has not been sized yet{fund.terms ? '' : ': its terms are not set'}.</p>
      </Panel>
    );
  }
  return (
    <div className="panels">
      <Panel title="Resources against the fund’s size" className="third" actions={size} error={error}>
        <Gauge fund={fund} />
      </Panel>
      <div className="two-thirds">
        <Headline fund={fund} now={now} />
      </div>
      <Panel title="Contributions">
        <Contributions fund={fund} now={now} />
      </Panel>
    </div>
  );
}

function Gauge({ fund }: { fund: GetDefaultFundResponse }) {
  const size = fund.size!;
  const full = compareDecimals(fund.held, size.fund) >= 0;
  const covers = compareDecimals(fund.held, size.coverTwo) >= 0;

  // A fund that is short by a cent is not shown as full.
  const held = full ? (percent(fund.held!, size.fund!) ?? 0) : Math.min(percent(fund.held!, size.fund!) ?? 0, 99.9);
  const need = percent(size.coverTwo!, size.fund!) ?? 0;
  const most = Math.max(120, Math.ceil(Math.max(held, need) / 20) * 20);
  const option = useCallback(
    (c: ChartColours) => ({
      series: [
        {
          type: 'gauge' as const, min: 0, max: most, startAngle: 200, endAngle: -20, radius: '95%', center: ['50%', '60%'],
          progress: { show: true, width: 10, itemStyle: { color: full ? c.good : covers ? c.warn : c.bad } },
          axisLine: { lineStyle: { width: 16, color: [[need / most, c.muted], [1, c.line]] as [number, string][] } }, axisTick: { show: false }, splitLine: { show: false },
          axisLabel: { show: false }, pointer: { show: false }, anchor: { show: false },
          detail: { valueAnimation: false, formatter: '{value} %', color: c.text, fontSize: 28, offsetCenter: [0, '-4%'] }, title: { color: c.muted, fontSize: 12, offsetCenter: [0, '24%'] },
          data: [{ value: held, name: 'held of the fund’s size' }],
        },
      ],
    }),
    [held, need, most],
  );
  const covered = compareDecimals(fund.held, size.coverTwo) >= 0;
  return (
    <>
      <Chart label={`${held} percent of the default fund's size is held; the cover-2 demand is ${need} percent of it`} option={option} height={210} />
      <p>
        <Badge tone={covered ? 'good' : 'bad'}>{covered ? 'Covers the two largest' : 'Does not cover the two largest'}</Badge> <span className="muted">in {size.scenario}; their demand, the grey arc, is {need} % of the size.</span>
      </p>
    </>
  );
}

function Headline({ fund, now }: { fund: GetDefaultFundResponse; now: string | undefined }) {
  const size = fund.size!;
  const due = sum(fund.contributions.map((c) => c.due));
  const missed = fund.contributions.filter((c) => c.status === 'STATUS_MISSED').length;
  return (
    <div className="figures money">
      <Figure name={`Size, ${size.currency}`} note={<>sized at <Time at={size.at} show="both" />, run {formatCount(size.run)}</>}>
        <Amount value={size.fund} currency={size.currency} />
      </Figure>
      <Figure name={`Held, ${size.currency}`} note={`of ${formatCount(fund.contributions.length)} members`}>
        <Amount value={fund.held} currency={size.currency} />
      </Figure>
      <Figure name={`Cover-2 demand, ${size.currency}`} note={`in ${size.scenario}`}>
        <Amount value={size.coverTwo} currency={size.currency} />
      </Figure>
      <Figure name={`Still due, ${size.currency}`} tone={missed > 0 ? 'bad' : signOf(due) > 0 ? 'warn' : undefined} note={signOf(due) > 0 ? <>by call {formatCount(size.call)}, <Countdown to={size.deadline} now={now} /></> : 'every contribution is met'}>
        <Amount value={due} currency={size.currency} />
      </Figure>
    </div>
  );
}

const tones: Record<Contribution['status'], Tone> = { STATUS_UNSPECIFIED: 'info', STATUS_DUE: 'warn', STATUS_MET: 'good', STATUS_MISSED: 'bad' };
const words: Record<Contribution['status'], string> = { STATUS_UNSPECIFIED: '–', STATUS_DUE: 'Due', STATUS_MET: 'Met', STATUS_MISSED: 'Missed' };

function Contributions({ fund, now }: { fund: GetDefaultFundResponse; now: string | undefined }) {
  const columns: ColumnDef<Contribution, any>[] = [
    { id: 'member', header: 'Member', accessorFn: (c) => c.member },
    { id: 'status', header: 'Status', accessorFn: (c) => words[c.status], cell: ({ row: { original: c } }) => <Badge tone={tones[c.status]}>{words[c.status]}</Badge> },
    ...(['required', 'held', 'due'] as const).map((name) => ({
      id: name, header: name[0]!.toUpperCase() + name.slice(1), meta: { align: 'right' as const, wide: name === 'held' }, accessorFn: (c: Contribution) => c[name],
      sortingFn: (a: { original: Contribution }, b: { original: Contribution }) => compareDecimals(a.original[name], b.original[name]),
      cell: ({ row: { original: c } }: { row: { original: Contribution } }) => <Amount value={c[name]} currency={c.currency} />,
    })),
    { id: 'deadline', header: 'Deadline', accessorFn: (c) => Number(c.deadline), meta: { wide: true }, cell: ({ row: { original: c } }) => (signOf(c.due) > 0 ? <Countdown to={c.deadline} now={now} /> : <span className="muted">–</span>) },
    { id: 'account', header: 'Account', accessorFn: (c) => c.account, meta: { wide: true } },
  ];
  return <DataTable label="Contributions by member" columns={columns} rows={fund.contributions} rowId={(c) => c.member} height={420} />;
}
