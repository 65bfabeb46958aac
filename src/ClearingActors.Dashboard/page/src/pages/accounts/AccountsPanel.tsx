import type { ColumnDef, SortingState } from '@tanstack/react-table';
import { useMemo } from 'react';
import { Link, useNavigate } from 'react-router-dom';
import { formatCount, formatUnits } from '../../format/decimal';
import { DataTable } from '../../ui/DataTable';
import { Badge, Panel } from '../../ui/Panel';
import { Countdown } from '../../ui/Time';
import { basisWord, isFund, isOwn, isShown, scaled, segregationWord, shows, showWord, totalsOf, type AccountRow, type Filter, type Show, type Totals } from './rows';
import { Units } from './Units';
import { useIsWide } from './useIsWide';

/** All accounts: filtered, sorted, and the sums of what is left. */
export function AccountsPanel({
  rows,
  error,
  businessTime,
  filter,
  sorting,
  setText,
  setMember,
  setShow,
  setSorting,
}: {
  rows: AccountRow[] | undefined;
  error: string;
  businessTime: string;
  filter: Filter;
  sorting: SortingState;
  setText: (text: string) => void;
  setMember: (member: string) => void;
  setShow: (show: Show) => void;
  setSorting: (sorting: SortingState) => void;
}) {
  const navigate = useNavigate();
  const shown = useMemo(() => (rows ?? []).filter((row) => isShown(row, filter)), [rows, filter]);
  const totals = useMemo(() => totalsOf(shown), [shown]);
  const members = useMemo(() => [...new Set((rows ?? []).map((row) => row.member))].sort(), [rows]);
  const isWide = useIsWide();
  const columns = useMemo(() => columnsOf(businessTime, totals.length > 1, isWide), [businessTime, totals.length, isWide]);
  return (
    <Panel title="Accounts" error={error}>
      <div className="filters" role="search">
        <label>
          Find
          <input type="search" value={filter.text} placeholder="account or member" onChange={(e) => setText(e.target.value)} />
        </label>
        <label>
          Member
          <select value={filter.member} onChange={(e) => setMember(e.target.value)}>
            <option value="">all</option>
            {members.map((member) => (
              <option key={member}>{member}</option>
            ))}
          </select>
        </label>
        <label>
          Show
          <select value={filter.show} onChange={(e) => setShow(e.target.value as Show)}>
            {shows.map((show) => (
              <option key={show} value={show}>
                {showWord[show]}
              </option>
            ))}
          </select>
        </label>
        <span className="muted">
          {rows ? `${formatCount(shown.length)} of ${formatCount(rows.length)} accounts` : 'Loading …'}
        </span>
      </div>
      <TotalsTable totals={totals} />
      <DataTable
        label="List of accounts"
        columns={columns}
        rows={shown}
        rowId={(row) => row.id}
        height={620}
        sorting={sorting}
        onSorting={setSorting}
        onOpen={(row) => navigate(`/accounts/${encodeURIComponent(row.id)}`)}
        empty={rows ? 'no account is so' : 'Loading …'}
      />
    </Panel>
  );
}

/** What the filtered accounts come to, by currency. */
function TotalsTable({ totals }: { totals: Totals[] }) {
  if (totals.length === 0) return null;
  return (
    <div className="table-frame totals" tabIndex={0} role="region" aria-label="Sums of the accounts shown">
      <table>
        <thead>
          <tr>
            <th scope="col">All shown</th>
            <th scope="col" className="right wide">
              Requirement
            </th>
            <th scope="col" className="right wide">
              Collateral
            </th>
            <th scope="col" className="right wide">
              Excess
            </th>
            <th scope="col" className="right">
              Missing
            </th>
            <th scope="col" className="right wide">
              Called, still to come
            </th>
          </tr>
        </thead>
        <tbody>
          {totals.map((sum) => (
            <tr key={sum.currency}>
              <th scope="row">
                {sum.currency}, {formatCount(sum.accounts)}
              </th>
              <td className="right wide">
                <Units units={sum.requirement} digits={sum.digits} />
              </td>
              <td className="right wide">
                <Units units={sum.collateral} digits={sum.digits} />
              </td>
              <td className="right wide">
                <Units units={sum.excess} digits={sum.digits} />
              </td>
              <td className="right">
                {sum.short > 0 ? (
                  <span className="bad">
                    {formatUnits(sum.shortfall, sum.digits, sum.digits)} in {formatCount(sum.short)} {sum.short === 1 ? 'account' : 'accounts'}
                  </span>
                ) : (
                  <span className="muted">nothing</span>
                )}
              </td>
              <td className="right wide">{sum.calls > 0 ? <Units units={sum.callRemaining} digits={sum.digits} /> : <span className="muted">nothing</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function columnsOf(businessTime: string, isMixed: boolean, isWide: boolean): ColumnDef<AccountRow, any>[] {
  const money = (header: string, id: string, of: (row: AccountRow) => bigint, wide = false): ColumnDef<AccountRow, any> => ({
    header,
    id,
    accessorFn: (row) => scaled(of(row), row.digits),
    sortingFn: 'basic',
    cell: ({ row: { original: row } }) => (isOwn(row) && id !== 'collateral' ? <span className="muted">–</span> : <Units units={isOwn(row) ? row.cash : of(row)} digits={row.digits} />),
    meta: { align: 'right', wide },
  });
  return [
    {
      header: 'Account',
      accessorKey: 'id',
      sortingFn: 'basic',
      cell: ({ row: { original: row } }) => (
        <Link to={`/accounts/${encodeURIComponent(row.id)}`} onClick={(e) => e.stopPropagation()}>
          {row.id}
        </Link>
      ),
    },
    { header: 'Member', accessorKey: 'member', sortingFn: 'basic', meta: { wide: true } },
    ...(isWide ? [kind] : []),
    { header: 'State', id: 'state', accessorFn: gravity, sortDescFirst: true, cell: ({ row: { original: row } }) => <State row={row} /> },
    ...(isMixed ? [{ header: 'Currency', accessorKey: 'currency', sortingFn: 'basic', meta: { wide: true } } satisfies ColumnDef<AccountRow, any>] : []),
    money('Requirement', 'requirement', (row) => row.requirement, true),
    money('Collateral', 'collateral', (row) => row.collateral, true),
    money('Excess', 'excess', (row) => row.excess),
    {
      header: 'Called',
      id: 'called',
      accessorFn: (row) => scaled(row.callRemaining, row.digits),
      sortingFn: 'basic',
      cell: ({ row: { original: row } }) => (row.openCalls > 0 ? <Units units={row.callRemaining} digits={row.digits} /> : <span className="muted">nothing</span>),
      meta: { align: 'right', wide: true },
    },
    {
      header: 'Due in',
      id: 'due',
      accessorFn: (row) => (row.openCalls > 0 ? BigInt(row.callDeadline) : undefined),
      sortingFn: 'basic',
      sortUndefined: 'last',
      cell: ({ row: { original: row } }) => (row.openCalls > 0 ? <Countdown to={row.callDeadline} now={businessTime} /> : <span className="muted">–</span>),
      meta: { align: 'right', wide: true },
    },
    ...(isWide ? details : []),
  ];
}

/** These are left out where there is no room for them. */
const kind: ColumnDef<AccountRow, any> = { header: 'Kind', id: 'kind', accessorFn: (row) => segregationWord[row.segregation] ?? '', sortingFn: 'basic', meta: { wide: true } };

const details: ColumnDef<AccountRow, any>[] = [
  { header: 'Positions', accessorKey: 'positions', sortingFn: 'basic', meta: { align: 'right', wide: true } },
  { header: 'Gross lots', id: 'lots', accessorFn: (row) => row.lots, sortingFn: 'basic', cell: ({ row: { original: row } }) => <Units units={row.lots} digits={0} />, meta: { align: 'right', wide: true } },
  {
    header: 'Figures',
    id: 'figures',
    accessorFn: (row) => row.marksBehind,
    sortingFn: 'basic',
    cell: ({ row: { original: row } }) => (
      <span className="muted" title={row.stale || undefined}>
        {isFund(row) ? 'called' : basisWord[row.basis]}
        {row.marksBehind > 0 ? `, ${formatCount(row.marksBehind)} marks behind` : ''}
      </span>
    ),
    meta: { wide: true },
  },
];

/** For order: what needs attention most, highest. */
function gravity(row: AccountRow): number {
  return (row.standing === 'STANDING_DEFAULTED' ? 16 : row.standing === 'STANDING_SUSPENDED' ? 8 : 0) + (row.excess < 0n ? 4 : 0) + (row.openCalls > 0 ? 2 : 0) + (row.stale ? 1 : 0);
}

function State({ row }: { row: AccountRow }) {
  if (row.status === 2) return <span className="muted">closed</span>;
  return (
    <span className="states">
      {row.standing === 'STANDING_DEFAULTED' ? <Badge tone="bad">in default</Badge> : row.standing === 'STANDING_SUSPENDED' ? <Badge tone="warn">suspended</Badge> : null}
      {row.excess < 0n ? <Badge tone="bad">short</Badge> : null}
      {row.openCalls > 0 ? <Badge tone="warn">called</Badge> : null}
      {row.stale ? <Badge tone="info">stale</Badge> : null}
      {gravity(row) === 0 ? <span className="muted">in order</span> : null}
    </span>
  );
}
