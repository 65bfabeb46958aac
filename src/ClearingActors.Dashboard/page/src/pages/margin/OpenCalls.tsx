import type { ColumnDef } from '@tanstack/react-table';
import type { OpenCall } from '../../api/gen/accounts';
import { useLive } from '../../api/live';
import { compareDecimals, formatCount } from '../../format/decimal';
import { ActionButton } from '../../ui/ActionButton';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Panel } from '../../ui/Panel';
import { Countdown, Time } from '../../ui/Time';
import { AccountLink } from './AccountLink';

/** Margin calls that are open, the next deadline first. */
export function OpenCalls() {
  const { value: house, error } = useLive('clearing.accounts.v1.AccountsService/GetHouse', {}, 1000);
  const now = house?.businessTime;
  const columns: ColumnDef<OpenCall, any>[] = [
    { id: 'left', header: 'Time left', accessorFn: (c) => Number(c.deadline), cell: ({ row: { original: c } }) => <Countdown to={c.deadline} now={now} /> },
    { id: 'account', header: 'Account', accessorFn: (c) => c.account, cell: ({ row: { original: c } }) => <AccountLink account={c.account} /> },
    { id: 'member', header: 'Member', accessorFn: (c) => c.member, meta: { wide: true } },
    {
      id: 'remaining', header: 'Missing', meta: { align: 'right' }, accessorFn: (c) => c.remaining, sortingFn: (a, b) => compareDecimals(a.original.remaining, b.original.remaining),
      cell: ({ row: { original: c } }) => <Amount value={c.remaining} currency={c.currency} show />,
    },
    {
      id: 'amount', header: 'Called', meta: { align: 'right', wide: true }, accessorFn: (c) => c.amount, sortingFn: (a, b) => compareDecimals(a.original.amount, b.original.amount),
      cell: ({ row: { original: c } }) => <Amount value={c.amount} currency={c.currency} />,
    },
    { id: 'issued', header: 'Issued, UTC', meta: { wide: true }, accessorFn: (c) => Number(c.issuedAt), cell: ({ row: { original: c } }) => <Time at={c.issuedAt} show="both" /> },
    { id: 'deadline', header: 'Deadline, UTC', meta: { wide: true }, accessorFn: (c) => Number(c.deadline), cell: ({ row: { original: c } }) => <Time at={c.deadline} show="both" /> },
    {
      id: 'act', header: () => <span className="unseen">What may be done</span>, enableSorting: false, meta: { wide: true },
      cell: ({ row: { original: c } }) => (
        <ActionButton
          method="clearing.margin.v1.MarginService/WithdrawMarginCall"
          request={{ account: c.account, call: c.number }}
          label="Withdraw"
          what={`Withdraw call ${c.number} of account ${c.account}: it need not be met any more`}
          danger
        />
      ),
    },
  ];
  if (!house) return <Panel title="Open calls" error={error}>{error ? null : <p role="status">Loading …</p>}</Panel>;
  const shown = house.calls.length;
  return (
    <Panel title={`Open calls (${formatCount(house.callsInAll)})`} error={error || house.failure}>
      <DataTable label="Open margin calls" columns={columns} rows={house.calls} rowId={(c) => `${c.account}/${c.number}`} height={320} empty="no call is open" />
      {shown < house.callsInAll ? <p className="muted spaced">The {formatCount(shown)} with the next deadlines are shown.</p> : null}
    </Panel>
  );
}
