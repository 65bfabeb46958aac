import type { ListAccountsResponse, Standing } from '../../api/gen/accounts';

/** Whose figures an account's requirement, collateral and excess are. */
export const basisWord = ['the house itself', 'monitor', 'last margin run', 'amounts per lot'] as const;

export const segregationWord = ['of the house', 'house', 'client omnibus net', 'client omnibus gross', 'client individual', 'default fund'] as const;

export const statusWord = ['', 'active', 'closed'] as const;

export const standingWord: Record<Standing, string> = {
  STANDING_UNSPECIFIED: '',
  STANDING_ACTIVE: 'active',
  STANDING_SUSPENDED: 'suspended',
  STANDING_DEFAULTED: 'in default',
};

/** An account in a line. Amounts are whole minor units of its currency. */
export interface AccountRow {
  id: string;
  member: string;
  standing: Standing;
  currency: string;
  digits: number;
  segregation: number;
  status: number;
  basis: number;
  positions: number;
  lots: bigint;
  cash: bigint;
  collateral: bigint;
  requirement: bigint;
  excess: bigint;
  official: bigint;
  marksBehind: number;
  openCalls: number;
  callRemaining: bigint;
  /** UTC nanoseconds of business time; 0 for none. */
  callDeadline: string;
  /** Why there is no figure at the newest marks; empty if there is. */
  stale: string;
}

/** True for accounts of the clearing house itself: they have no requirement. */
export const isOwn = (row: AccountRow) => row.basis === 0;

export const isFund = (row: AccountRow) => row.segregation === 5;

/** A byte for each account, as the node sends such columns. */
function bytes(base64: string): Uint8Array {
  const text = atob(base64);
  const all = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) all[i] = text.charCodeAt(i);
  return all;
}

/** The columns as rows. */
export function rowsOf(list: ListAccountsResponse): AccountRow[] {
  const currency = bytes(list.currency);
  const segregation = bytes(list.segregation);
  const status = bytes(list.status);
  const basis = bytes(list.basis);
  const rows = list.account.map((id, i): AccountRow => {
    const member = list.member[i]!;
    const money = currency[i]!;
    return {
      id,
      member: list.members[member]!,
      standing: list.standings[member]!,
      currency: list.currencies[money]!,
      digits: list.currencyDigits[money]!,
      segregation: segregation[i]!,
      status: status[i]!,
      basis: basis[i]!,
      positions: list.positions[i]!,
      lots: BigInt(list.grossLots[i]!),
      cash: BigInt(list.cash[i]!),
      collateral: BigInt(list.collateral[i]!),
      requirement: BigInt(list.requirement[i]!),
      excess: BigInt(list.excess[i]!),
      official: BigInt(list.official[i]!),
      marksBehind: list.marksBehind[i]!,
      openCalls: 0,
      callRemaining: 0n,
      callDeadline: '0',
      stale: '',
    };
  });
  list.called.forEach((place, i) => {
    const row = rows[place]!;
    row.openCalls = list.openCalls[i]!;
    row.callRemaining = BigInt(list.callRemaining[i]!);
    row.callDeadline = list.callDeadline[i]!;
  });
  list.stale.forEach((place, i) => {
    rows[place]!.stale = list.staleReason[i]!;
  });
  return rows;
}

/** What is asked for of the list; as the address has it. */
export interface Filter {
  /** In the account's or the member's id, whatever the case. */
  text: string;
  member: string;
  show: Show;
}

export const shows = ['all', 'short', 'calls', 'stale', 'trouble', 'closed', 'fund', 'own'] as const;
export type Show = (typeof shows)[number];

export const showWord: Record<Show, string> = {
  all: 'Margined accounts',
  short: 'Short of margin',
  calls: 'With open calls',
  stale: 'Without a figure at the newest marks',
  trouble: 'Member suspended or in default',
  closed: 'Closed',
  fund: 'Default fund',
  own: 'Of the clearing house itself',
};

export function isShown(row: AccountRow, filter: Filter): boolean {
  if (filter.member && row.member !== filter.member) return false;
  if (filter.text) {
    const text = filter.text.toLowerCase();
    if (!row.id.toLowerCase().includes(text) && !row.member.toLowerCase().includes(text)) return false;
  }
  if (filter.show === 'own') return isOwn(row);
  if (filter.show === 'fund') return isFund(row);
  if (isOwn(row) || isFund(row)) return false;
  switch (filter.show) {
    case 'short':
      return row.excess < 0n;
    case 'calls':
      return row.openCalls > 0;
    case 'stale':
      return row.stale !== '';
    case 'trouble':
      return row.standing === 'STANDING_SUSPENDED' || row.standing === 'STANDING_DEFAULTED';
    case 'closed':
      return row.status === 2;
    default:
      return row.status !== 2;
  }
}

/** Sums over accounts of one currency, in its minor units. */
export interface Totals {
  currency: string;
  digits: number;
  accounts: number;
  requirement: bigint;
  collateral: bigint;
  excess: bigint;
  shortfall: bigint;
  short: number;
  calls: number;
  callRemaining: bigint;
}

/** By currency: amounts of different ones are never added. */
export function totalsOf(rows: AccountRow[]): Totals[] {
  const all = new Map<string, Totals>();
  for (const row of rows) {
    let sum = all.get(row.currency);
    if (!sum) {
      sum = { currency: row.currency, digits: row.digits, accounts: 0, requirement: 0n, collateral: 0n, excess: 0n, shortfall: 0n, short: 0, calls: 0, callRemaining: 0n };
      all.set(row.currency, sum);
    }
    sum.accounts++;
    sum.requirement += row.requirement;
    sum.collateral += row.collateral;
    sum.excess += row.excess;
    sum.calls += row.openCalls;
    sum.callRemaining += row.callRemaining;
    if (row.excess < 0n) {
      sum.short++;
      sum.shortfall -= row.excess;
    }
  }
  return [...all.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1));
}

const scales = Array.from({ length: 9 }, (_, digits) => 10n ** BigInt(8 - digits));

/** Minor units of any currency on one scale, for order only. */
export const scaled = (units: bigint, digits: number) => units * scales[digits]!;
