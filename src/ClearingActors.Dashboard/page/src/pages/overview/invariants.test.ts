import { describe, expect, it } from 'vitest';
import type { InvariantCheck } from '../../api/gen/house';
import { overdueText, verdictOf } from './invariants';

const noon = '1795176000000000000';

function check(change: Partial<InvariantCheck>): InvariantCheck {
  return {
    checkedAt: noon, matchedBook: true, cashConserved: true, assetsConserved: true, triedAt: noon, quiet: true, accounts: '4', broken: [], waited: '0', notCheckedBecause: '', overdue: false, ...change,
  };
}

describe('an invariant', () => {
  it('holds while it was checked lately, though the last attempt came to nothing', () => expect(verdictOf(check({ notCheckedBecause: 'something was under way' }), true)).toEqual({ tone: 'good', word: 'Holds' }));

  it('is no longer said to hold when the check is overdue', () => expect(verdictOf(check({ overdue: true }), true)).toEqual({ tone: 'warn', word: 'Last held at 12:00:00' }));

  it('stays broken however old the check is', () => expect(verdictOf(check({ overdue: true }), false)).toEqual({ tone: 'bad', word: 'Broken' }));
});

describe('why it is not known', () => {
  it('is told with the time and the reason', () =>
    expect(overdueText(check({ overdue: true, notCheckedBecause: 'shard 3 is not owned here just now' }))).toBe('Not checked since 2026-11-20 12:00:00 UTC: shard 3 is not owned here just now.'));

  it('is told before the first check too', () => expect(overdueText(check({ overdue: true, checkedAt: '0' }))).toBe('Not checked since the node started.'));

  it('is nothing while the check is young', () => expect(overdueText(check({ notCheckedBecause: 'something was under way' }))).toBe(''));
});
