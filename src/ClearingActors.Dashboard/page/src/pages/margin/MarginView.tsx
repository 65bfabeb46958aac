import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import type { GetMarginRunsResponse, MarginTotal, MissedCall, RunSummary } from '../../api/gen/margin';
import { useLive } from '../../api/live';
import { compareDecimals, formatCount } from '../../format/decimal';
import { ActionButton } from '../../ui/ActionButton';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Badge, Figure, Panel } from '../../ui/Panel';
import { Time } from '../../ui/Time';
import { AccountLink } from './AccountLink';
import { OpenCalls } from './OpenCalls';

/** Calls, and the runs that they come from. */
export function MarginView() {
  const { value: runs, error } = useLive('clearing.margin.v1.MarginService/GetMarginRuns', {}, 1000);
  if (!runs) return error ? <p className="error">{error}</p> : <p role="status">Loading …</p>;
  return (
    <div className="panels">
      {error ? (
        <p className="error" role="alert">
          {error}
        </p>
      ) : null}
      <Headline runs={runs} />
      <OpenCalls />
      <Panel title={`Missed calls (${runs.missed.length})`}>
        <Missed missed={runs.missed} />
      </Panel>
      <Panel title={runs.last ? `Margin run ${formatCount(runs.last.run)} by currency` : 'The last margin run'} actions={<RunNow />}>
        <Totals runs={runs} />
      </Panel>
      <Panel title="The last runs">
        <Recent recent={runs.recent} />
      </Panel>
    </div>
  );
}

function RunNow() {
  return <ActionButton method="clearing.margin.v1.MarginService/RunMargin" request={{}} label="Run margin now" what="Run margin over the whole house now: every account is assessed at the newest marks, and calls are issued" />;
}

const causes: Record<RunSummary['cause'], string> = { RUN_CAUSE_UNSPECIFIED: '', RUN_CAUSE_SCHEDULED: 'schedule', RUN_CAUSE_INTRADAY: 'intraday', RUN_CAUSE_OPERATOR: 'a person' };

function Headline({ runs }: { runs: GetMarginRunsResponse }) {
  const { last } = runs;
  const state = !last ? null : runs.failure ? (
    <Badge tone="bad">Incomplete</Badge>
  ) : runs.shardsMissing > 0 ? (
    <Badge tone="info">Under way, {runs.shardsMissing} shards to go</Badge>
  ) : (
    <Badge tone="good">Every account assessed</Badge>
  );
  return (
    <div className="figures money">
      <Figure
        name="Last run"
        note={
          last ? (
            <>
              {state} <Time at={last.at} show="both" /> UTC, {causes[last.cause]}: {last.by}
            </>
          ) : (
            'none yet'
          )
        }
      >
        {last ? `No. ${formatCount(last.run)}` : '–'}
      </Figure>
      {(last?.totals ?? []).map((t) => (
        <Figure key={t.currency} name={`Requirement, ${t.currency}`} note={`${formatCount(t.accounts)} accounts`}>
          <Amount value={t.requirement} currency={t.currency} />
        </Figure>
      ))}
      {(last?.totals ?? []).map((t) => (
        <Figure key={t.currency} name={`Called, ${t.currency}`} tone={t.calls !== '0' ? 'warn' : undefined} note={t.calls === '1' ? 'one call by the last run' : `${formatCount(t.calls)} calls by the last run`}>
          <Amount value={t.called} currency={t.currency} />
        </Figure>
      ))}
      <Figure name="Missed calls" tone={runs.missed.length > 0 ? 'bad' : undefined} note={runs.missed.length > 0 ? 'a default may follow' : 'none is missed'}>
        {formatCount(runs.missed.length)}
      </Figure>
      {runs.failure ? (
        <p className="error" role="alert">
          Run {last ? formatCount(last.run) : ''} did not assess every account: {runs.failure}
        </p>
      ) : null}
    </div>
  );
}

const missedColumns: ColumnDef<MissedCall, any>[] = [
  { id: 'member', header: 'Member', accessorFn: (c) => c.member, meta: { wide: true } },
  { id: 'account', header: 'Account', accessorFn: (c) => c.account, cell: ({ row: { original: c } }) => <AccountLink account={c.account} /> },
  { id: 'call', header: 'Call', accessorFn: (c) => Number(c.call), meta: { align: 'right', wide: true } },
  { id: 'missing', header: 'Missing', meta: { align: 'right' }, accessorFn: (c) => c.missing, sortingFn: (a, b) => compareDecimals(a.original.missing, b.original.missing), cell: ({ row: { original: c } }) => <Amount value={c.missing} currency={c.currency} show /> },
  { id: 'at', header: 'Missed at, UTC', accessorFn: (c) => Number(c.at), meta: { wide: true }, cell: ({ row: { original: c } }) => <Time at={c.at} show="both" /> },
];

function Missed({ missed }: { missed: MissedCall[] }) {
  const newest = useMemo(() => [...missed].reverse(), [missed]);
  return missed.length === 0 ? (
    <p className="muted">No call was missed.</p>
  ) : (
    <DataTable label="Calls that were missed" columns={missedColumns} rows={newest} rowId={(c) => `${c.account}/${c.call}`} height={260} />
  );
}

const totalColumns: ColumnDef<MarginTotal, any>[] = [
  { id: 'currency', header: 'Currency', accessorFn: (t) => t.currency },
  { id: 'accounts', header: 'Accounts', meta: { align: 'right', wide: true }, accessorFn: (t) => Number(t.accounts), cell: ({ row: { original: t } }) => formatCount(t.accounts) },
  ...(['requirement', 'shortfall', 'called'] as const).map((name) => ({
    id: name, header: name[0]!.toUpperCase() + name.slice(1), meta: { align: 'right' as const, wide: name === 'requirement' }, accessorFn: (t: MarginTotal) => t[name], sortingFn: (a: { original: MarginTotal }, b: { original: MarginTotal }) => compareDecimals(a.original[name], b.original[name]), cell: ({ row: { original: t } }: { row: { original: MarginTotal } }) => <Amount value={t[name]} currency={t.currency} />,
  })),
  { id: 'calls', header: 'Calls', meta: { align: 'right', wide: true }, accessorFn: (t) => Number(t.calls), cell: ({ row: { original: t } }) => formatCount(t.calls) },
];

function Totals({ runs }: { runs: GetMarginRunsResponse }) {
  const { last } = runs;
  if (!last) return <p className="muted">Margin has not been run yet.</p>;
  return (
    <>
      <DataTable label="Totals by currency" columns={totalColumns} rows={last.totals} rowId={(t) => t.currency} height={220} />
      <dl className="facts spaced">
        <dt>Marks used</dt>
        <dd>{formatCount(last.marks)}</dd>
        <dt>Scenarios</dt>
        <dd className="version">{last.scenarioSet}</dd>
        <dt>Model</dt>
        <dd className="version">{last.modelVersion}</dd>
      </dl>
    </>
  );
}

const recentColumns: ColumnDef<RunSummary, any>[] = [
  { id: 'run', header: 'Run', meta: { align: 'right' }, accessorFn: (r) => Number(r.run), cell: ({ row: { original: r } }) => (r.run === '0' ? '–' : formatCount(r.run)) },
  { id: 'at', header: 'At, UTC', accessorFn: (r) => Number(r.at), cell: ({ row: { original: r } }) => <Time at={r.at} show="both" /> },
  { id: 'cause', header: 'Cause', accessorFn: (r) => `${causes[r.cause]}: ${r.by}`, meta: { wide: true } },
  { id: 'failure', header: 'Result', accessorFn: (r) => r.failure, cell: ({ row: { original: r } }) => (r.failure ? <span title={r.failure}><Badge tone="bad">{r.run === '0' ? 'Not begun' : 'Incomplete'}</Badge> {r.failure}</span> : <Badge tone="good">In order</Badge>) },
];

function Recent({ recent }: { recent: RunSummary[] }) {
  const newest = useMemo(() => recent.map((r, i) => ({ ...r, key: String(i) })).reverse(), [recent]);
  return <DataTable label="Margin runs, the newest first" columns={recentColumns} rows={newest} rowId={(r) => (r as RunSummary & { key: string }).key} height={320} empty="no run yet" />;
}
