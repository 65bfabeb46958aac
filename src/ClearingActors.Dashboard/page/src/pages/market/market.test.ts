import { describe, expect, it } from 'vitest';
import type { Market } from '../../api/gen/markets';
import { filter, formatJump, statesOf } from './market';

function market(change: Partial<Market>): Market {
  return {
    instrument: 'ES', underlying: 'SPX', productGroup: 'EQUITY', kind: 'KIND_FUTURE', currency: 'USD', currencyDigits: 2, priceScale: 2, expiry: '0', expiryStage: 'EXPIRY_UNSPECIFIED', halted: false,
    newest: { price: { mantissa: '500000', exponent: -2 }, number: '1', source: 'SRC1', time: '1', age: '0', stale: false },
    markStaleness: '1', markJumpBasisPoints: 500, settlementCycle: '0', openInterest: '0', holders: '0', nextFunding: '0', overdue: '', unread: '', ...change,
  };
}

describe('the state of an instrument', () => {
  it('is open when nothing is wrong', () => expect(statesOf(market({}), false).map((s) => s.word)).toEqual(['Open']));

  it('names everything that is wrong, each with attention', () => {
    const states = statesOf(market({ halted: true, overdue: 'no marks', newest: { ...market({}).newest!, stale: true }, held: { source: 'SRC1', time: '2' } }), false);
    expect(states.map((s) => s.word)).toEqual(['Overdue', 'Halted', 'Mark held', 'Stale']);
    expect(states.every((s) => s.attention)).toBe(true);
  });

  it('is not open while the house is halted, and nobody has to look at each for that', () => {
    expect(statesOf(market({}), true)).toEqual([{ word: 'House halted', tone: 'bad', attention: false }]);
    expect(statesOf(market({ halted: true }), true).map((s) => s.word)).toEqual(['Halted']);
    expect(filter([market({})], true, '', '', 'Open')).toEqual([]);
  });

  it('is not open while what is held cannot be read', () => expect(statesOf(market({ unread: 'shard 3 is not owned here just now' }), false)).toEqual([{ word: 'Not readable', tone: 'bad', attention: true }]));

  it('asks nobody to look at an expired one, though its mark is old', () =>
    expect(statesOf(market({ expiryStage: 'EXPIRY_CLOSED', newest: undefined, halted: true }), true)).toEqual([{ word: 'Expired', tone: 'info', attention: false }]));
});

describe('the filter', () => {
  const all = [market({}), market({ instrument: 'NQ', underlying: 'NDX', productGroup: 'TECH', halted: true }), market({ instrument: 'ES.C5', newest: undefined })];
  const ids = (text: string, group: string, only: string) => filter(all, false, text, group, only).map((m) => m.instrument);

  it('finds by id, underlying and group, whatever the case', () => {
    expect(ids('es', '', '')).toEqual(['ES', 'ES.C5']);
    expect(ids(' ndx ', '', '')).toEqual(['NQ']);
    expect(ids('tech', '', '')).toEqual(['NQ']);
  });

  it('keeps a group and a state', () => {
    expect(ids('', 'EQUITY', '')).toEqual(['ES', 'ES.C5']);
    expect(ids('', '', 'attention')).toEqual(['NQ', 'ES.C5']);
    expect(ids('', '', 'No mark')).toEqual(['ES.C5']);
    expect(ids('', 'TECH', 'Open')).toEqual([]);
  });
});

describe('a jump', () => {
  it('has its sign and groups of three', () => {
    expect(formatJump('-1000')).toBe('−1,000 bp');
    expect(formatJump('54')).toBe('+54 bp');
  });

  it('says when there is nothing to compare with', () => expect(formatJump(undefined)).toContain('no mark'));
});
