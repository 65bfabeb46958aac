import type { ColumnDef } from '@tanstack/react-table';
import { Link } from 'react-router-dom';
import type { GetHouseResponse, MarginSum, MemberSums, OpenCall, Standing } from '../../api/gen/accounts';
import { compareDecimals, formatCount, signOf } from '../../format/decimal';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Badge, Panel, type Tone } from '../../ui/Panel';
import { Countdown } from '../../ui/Time';

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

interface MemberLine extends MarginSum {
  member: string;
  standing: Standing;
}

/** Members with the least excess in proportion to what they need, first those who are short. */
export function WorstMembersPanel({ house, error }: { house: GetHouseResponse | undefined; error: string }) {
  const lines: MemberLine[] = (house?.members ?? [])
    .flatMap((m: MemberSums) => m.sums.map((s) => ({ ...s, member: m.member, standing: m.standing })))
    .filter((l) => signOf(l.requirement) !== 0 || signOf(l.excess) < 0 || l.standing !== 'STANDING_ACTIVE')
    .sort((a, b) => ratio(a) - ratio(b))
    .slice(0, 8);
  const columns: ColumnDef<MemberLine, any>[] = [
    { header: 'Member', accessorKey: 'member', cell: ({ row: { original: l } }) => <Link to={`/accounts?member=${encodeURIComponent(l.member)}`}>{l.member}</Link> },
    { header: 'Standing', accessorKey: 'standing', cell: ({ row: { original: l } }) => <Badge tone={standings[l.standing][0]}>{standings[l.standing][1]}</Badge>, meta: { wide: true } },
    amountColumn('Requirement', (l) => l.requirement, (l) => l.currency, true),
    { ...amountColumn<MemberLine>('Excess', (l) => l.excess, (l) => l.currency), cell: ({ row: { original: l } }) => <Amount value={l.excess} currency={l.currency} show /> },
  ];
  return (
    <Panel title="Members with the least excess" className="half" error={error || house?.failure}>
      <DataTable label="Members with the least excess" columns={columns} rows={lines} rowId={(l) => `${l.member} ${l.currency}`} height={330} empty={house ? 'no member has a requirement yet' : 'loading …'} />
    </Panel>
  );
}

function ratio(line: MemberLine): number {
  const of = (d: MarginSum['excess']) => (d ? Number(d.mantissa) * 10 ** d.exponent : 0);
  return of(line.excess) / Math.max(of(line.requirement), 1);
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
