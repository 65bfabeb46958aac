import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import type { MarginSum, MemberSums } from '../../api/gen/accounts';
import type { Decimal } from '../../api/gen/common';
import { compareDecimals } from '../../format/decimal';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Badge, Panel } from '../../ui/Panel';
import { Countdown } from '../../ui/Time';
import { standingWord } from './rows';
import { useIsWide } from './useIsWide';

/** A member in one currency; in none if it has no accounts. */
interface Line {
  member: MemberSums;
  sum: MarginSum | undefined;
}

/** The members with the sums of their accounts; the worst first. */
export function MembersPanel({ members, businessTime, selected, onSelect, error }: { members: MemberSums[]; businessTime: string; selected: string; onSelect: (member: string) => void; error: string }) {
  const lines = useMemo(() => {
    const all = members.flatMap((member): Line[] => (member.sums.length > 0 ? member.sums.map((sum) => ({ member, sum })) : [{ member, sum: undefined }]));
    const least: Decimal = { mantissa: '0', exponent: 0 };
    return all.sort((a, b) => compareDecimals(b.sum?.shortfall ?? least, a.sum?.shortfall ?? least) || compareDecimals(a.sum?.excess ?? least, b.sum?.excess ?? least));
  }, [members]);

  const isMixed = useMemo(() => new Set(lines.map((line) => line.sum?.currency ?? '').filter(Boolean)).size > 1, [lines]);
  const isWide = useIsWide();
  const columns = useMemo((): ColumnDef<Line, any>[] => {
    const money = (header: string, of: (sum: MarginSum) => Decimal | undefined, wide = false): ColumnDef<Line, any> => ({
      header,
      id: header,
      accessorFn: (line) => (line.sum ? of(line.sum) : undefined),
      cell: ({ row: { original: line } }) => (line.sum ? <Amount value={of(line.sum)} currency={line.sum.currency} /> : '–'),
      sortingFn: (a, b, id) => compareDecimals(a.getValue(id), b.getValue(id)),
      sortUndefined: 'last',
      meta: { align: 'right', wide },
    });
    return [
      {
        header: 'Member',
        id: 'member',
        accessorFn: (line) => line.member.member,
        sortingFn: 'basic',
        cell: ({ row: { original: line } }) => (
          <button type="button" className="link" aria-pressed={selected === line.member.member} onClick={() => onSelect(selected === line.member.member ? '' : line.member.member)}>
            {line.member.member}
          </button>
        ),
      },
      {
        header: 'State',
        id: 'state',
        accessorFn: (line) => line.member.standing,
        sortingFn: 'basic',
        cell: ({ row: { original: line } }) => <StandingBadge standing={line.member.standing} />,
      },
      ...(isMixed || isWide ? [{ header: 'Currency', id: 'currency', accessorFn: (line) => line.sum?.currency ?? '', sortingFn: 'basic', meta: { wide: true } } satisfies ColumnDef<Line, any>] : []),
      ...(isWide ? [{ header: 'Accounts', id: 'accounts', accessorFn: (line) => line.sum?.accounts ?? 0, meta: { align: 'right', wide: true } } satisfies ColumnDef<Line, any>] : []),
      money('Requirement', (sum) => sum.requirement, true),
      money('Collateral', (sum) => sum.collateral, true),
      money('Excess', (sum) => sum.excess, true),
      {
        ...money('Missing', (sum) => sum.shortfall),
        cell: ({ row: { original: line } }) =>
          line.sum && line.sum.shortAccounts > 0 ? (
            <span className="bad">
              <Amount value={line.sum.shortfall} currency={line.sum.currency} /> in {line.sum.shortAccounts}
              <span className="unseen"> accounts</span>
            </span>
          ) : (
            <span className="muted">nothing</span>
          ),
      },
      {
        header: 'Open calls',
        id: 'calls',
        accessorFn: (line) => line.sum?.openCalls ?? 0,
        cell: ({ row: { original: line } }) =>
          line.sum && line.sum.openCalls > 0 ? (
            <>
              {line.sum.openCalls}, next <Countdown to={line.sum.callDeadline} now={businessTime} />
            </>
          ) : (
            <span className="muted">none</span>
          ),
        meta: { align: 'right', wide: true },
      },
    ];
  }, [businessTime, selected, onSelect, isMixed, isWide]);

  return (
    <Panel title="Members" error={error}>
      <DataTable label="Members, with the sums of their accounts" columns={columns} rows={lines} rowId={(line) => `${line.member.member} ${line.sum?.currency ?? ''}`} height={300} empty="no members" />
    </Panel>
  );
}

export function StandingBadge({ standing }: { standing: MemberSums['standing'] }) {
  const word = standingWord[standing];
  return word ? <Badge tone={standing === 'STANDING_ACTIVE' ? 'good' : standing === 'STANDING_SUSPENDED' ? 'warn' : 'bad'}>{word}</Badge> : null;
}
