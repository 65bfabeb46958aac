import { describe, expect, it } from 'vitest';
import type { ListAccountsResponse } from '../../api/gen/accounts';
import { isShown, rowsOf, scaled, totalsOf, type AccountRow, type Filter } from './rows';

const base64 = (...bytes: number[]) => btoa(String.fromCharCode(...bytes));

const list: ListAccountsResponse = {
  version: '7',
  unchanged: false,
  members: ['ALPHA', 'BRAVO', 'CCP'],
  standings: ['STANDING_ACTIVE', 'STANDING_SUSPENDED', 'STANDING_UNSPECIFIED'],
  currencies: ['USD', 'JPY'],
  currencyDigits: [2, 0],
  account: ['A-1', 'B-1', 'CCP.BANK', 'B-2', 'FUND.ALPHA'],
  member: [0, 1, 2, 1, 0],
  currency: base64(0, 0, 0, 1, 0),
  segregation: base64(1, 4, 1, 2, 5),
  status: base64(1, 1, 1, 1, 1),
  basis: base64(1, 1, 0, 2, 3),
  positions: [2, 1, 0, 3, 0],
  grossLots: ['9', '1', '0', '12', '0'],
  cash: ['9007199254740993', '5', '-7', '70', '100'],
  collateral: ['9007199254740993', '500', '0', '70', '100'],
  requirement: ['1', '600', '0', '80', '150'],
  excess: ['9007199254740992', '-100', '0', '-10', '-50'],
  official: ['0', '600', '0', '80', '0'],
  marksBehind: [0, 3, 0, 0, 0],
  called: [1],
  openCalls: [2],
  callRemaining: ['100'],
  callDeadline: ['1795179600000000000'],
  stale: [3],
  staleReason: ['no mark'],
};

const ids = (filter: Partial<Filter>) => rowsOf(list).filter((row) => isShown(row, { text: '', member: '', show: 'all', ...filter })).map((row: AccountRow) => row.id);

describe('accounts as rows', () => {
  it('have each column at its place, and amounts to the last unit', () => {
    const rows = rowsOf(list);
    expect(rows).toHaveLength(5);
    expect(rows[0]).toMatchObject({ id: 'A-1', member: 'ALPHA', currency: 'USD', digits: 2, cash: 9007199254740993n, excess: 9007199254740992n, openCalls: 0, stale: '' });
    expect(rows[1]).toMatchObject({ standing: 'STANDING_SUSPENDED', marksBehind: 3, openCalls: 2, callRemaining: 100n, callDeadline: '1795179600000000000' });
    expect(rows[3]).toMatchObject({ currency: 'JPY', digits: 0, basis: 2, stale: 'no mark' });
  });

  it('are filtered by what the address says, and the house and the fund stand apart', () => {
    expect(ids({})).toEqual(['A-1', 'B-1', 'B-2']);
    expect(ids({ show: 'short' })).toEqual(['B-1', 'B-2']);
    expect(ids({ show: 'calls' })).toEqual(['B-1']);
    expect(ids({ show: 'stale' })).toEqual(['B-2']);
    expect(ids({ show: 'trouble' })).toEqual(['B-1', 'B-2']);
    expect(ids({ show: 'own' })).toEqual(['CCP.BANK']);
    expect(ids({ show: 'fund' })).toEqual(['FUND.ALPHA']);
    expect(ids({ member: 'ALPHA' })).toEqual(['A-1']);
    expect(ids({ text: 'b-' })).toEqual(['B-1', 'B-2']);
    expect(ids({ text: 'brav', show: 'calls' })).toEqual(['B-1']);
  });

  it('are summed by currency, exactly', () => {
    const totals = totalsOf(rowsOf(list).slice(0, 4));
    expect(totals.map((t) => t.currency)).toEqual(['JPY', 'USD']);
    expect(totals[1]).toMatchObject({ accounts: 3, collateral: 9007199254741493n, excess: 9007199254740892n, shortfall: 100n, short: 1, calls: 2, callRemaining: 100n });
    expect(totals[0]).toMatchObject({ requirement: 80n, shortfall: 10n });
  });

  it('are put in order across currencies by what they are worth in units', () => {
    expect(scaled(1n, 0) > scaled(99n, 2)).toBe(true);
    expect(scaled(100n, 2)).toBe(scaled(1n, 0));
  });
});
