import type { ColumnDef } from '@tanstack/react-table';
import { Link } from 'react-router-dom';
import type { GetHouseResponse, MarginSum, OpenCall, Standing } from '../../api/gen/accounts';
import { compareDecimals, formatCount, signOf } from '../../format/decimal';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Badge, Panel, type Tone } from '../../ui/Panel';
import { Countdown } from '../../ui/Time';
import { worstMembers, type MemberLine } from './worst';

/** Requirement, collateral and excess of all accounts, by currency. */
export function TotalsPanel({ house, error }: { house: GetHouseResponse | undefined; error: string }) {
  const columns: ColumnDef<MarginSum, any>[] = [
    { header: 'Currency', accessorKey: 'currency' },
    amountColumn('Requirement', (s) => s.requirement, (s) => s.currency),
    amountColumn('Collateral', (s) => s.collateral, (s) => s.currency),
    amountColumn('Excess', (s) => s.excess, (s) => s.currency),
    amountColumn('Shortfall', (s) => s.shortfall, (s) => s.currency, true),
    { header: 'Accounts short', id: 'short', accessorFn: (s) => s.shortAccounts, cell: ({ row: { original: s } }) => `${formatCount(s.shortAccounts)} of ${formatCount(s.accounts)}`, meta: { align: 'right', wide: true } },
  ];
  return (
    <Panel title="Margin of the house" error={error || house?.failure}>
      <DataTable label="Margin by currency" columns={columns} rows={house?.currencies ?? []} rowId={(s) => s.currency} height={220} empty={house ? 'no account has a requirement yet' : 'loading …'} />
    </Panel>
  );
}

function amountColumn<T>(header: string, of: (row: T) => MarginSum['requirement'], currency: (row: T) => string, wide = false): ColumnDef<T, any> {
  return {
    header,
    id: header,
    accessorFn: of,
    sortingFn: (a, b) => compareDecimals(of(a.original), of(b.original)),
    cell: ({ row }) => <Amount value={of(row.original)} currency={currency(row.original)} />,
    meta: { align: 'right', wide },
  };
}

const standings: Record<Standing, [Tone, string]> = {
  STANDING_UNSPECIFIED: ['info', 'unknown'],
  STANDING_ACTIVE: ['good', 'active'],
  STANDING_SUSPENDED: ['warn', 'suspended'],
  STANDING_DEFAULTED: ['bad', 'in default'],
};

/** Members that are shown; the page of members has all. */
const mostMembers = 8;

/** Members that are short in an account, then those with the least excess in proportion to what they need. */
export function WorstMembersPanel({ house, error }: { house: GetHouseResponse | undefined; error: string }) {
  const all = worstMembers(house?.members ?? []);
  const columns: ColumnDef<MemberLine, any>[] = [
    { header: 'Member', accessorKey: 'member', cell: ({ row: { original: l } }) => <Link to={`/accounts?member=${encodeURIComponent(l.member)}`}>{l.member}</Link> },
    { header: 'Standing', accessorKey: 'standing', cell: ({ row: { original: l } }) => <Badge tone={standings[l.standing][0]}>{standings[l.standing][1]}</Badge>, meta: { wide: true } },
    {
      ...amountColumn<MemberLine>('Shortfall', (l) => l.shortfall, (l) => l.currency),
      cell: ({ row: { original: l } }) => (
        <span className={signOf(l.shortfall) > 0 ? 'bad' : 'muted'} title={`${formatCount(l.shortAccounts)} of ${formatCount(l.accounts)} accounts are short`}>
          <Amount value={l.shortfall} currency={l.currency} />
        </span>
      ),
    },
    { ...amountColumn<MemberLine>('Excess', (l) => l.excess, (l) => l.currency), cell: ({ row: { original: l } }) => <Amount value={l.excess} currency={l.currency} show /> },
  ];
  return (
    <Panel
      title="Members with the least excess"
      className="half"
      error={error || house?.failure}
      actions={all.length > mostMembers ? <Link to="/accounts">{`${mostMembers} of ${formatCount(all.length)}`}</Link> : undefined}
    >
      <DataTable label="Members with the least excess" columns={columns} rows={all.slice(0, mostMembers)} rowId={(l) => `${l.member} ${l.currency}`} height={330} empty={house ? 'no member has a requirement yet' : 'loading …'} />
    </Panel>
  );
}

/** Margin calls that are not met, the next deadline first. */
export function OpenCallsPanel({ house, error }: { house: GetHouseResponse | undefined; error: string }) {
  const calls = [...(house?.calls ?? [])].sort((a, b) => (BigInt(a.deadline) < BigInt(b.deadline) ? -1 : 1));
  const columns: ColumnDef<OpenCall, any>[] = [
    { header: 'Account', accessorKey: 'account', cell: ({ row: { original: c } }) => <Link to={`/accounts/${encodeURIComponent(c.account)}`}>{c.account}</Link> },
    { header: 'Member', accessorKey: 'member', meta: { wide: true } },
    { ...amountColumn<OpenCall>('Remaining', (c) => c.remaining, (c) => c.currency), cell: ({ row: { original: c } }) => <Amount value={c.remaining} currency={c.currency} show /> },
    { header: 'Due in', accessorKey: 'deadline', cell: ({ row: { original: c } }) => <Countdown to={c.deadline} now={house?.businessTime} />, meta: { align: 'right' } },
  ];
  return (
    <Panel title={`Open margin calls${house?.callsInAll ? `: ${formatCount(house.callsInAll)}` : ''}`} className="half" error={error || house?.failure}>
      <DataTable label="Open margin calls" columns={columns} rows={calls} rowId={(c) => `${c.account} ${c.number}`} height={330} empty={house ? 'every call is met' : 'loading …'} />
    </Panel>
  );
}
