import { describe, expect, it } from 'vitest';
import type { TimelineEvent } from '../../api/gen/accounts';
import { mostEvents, withEarlier, withNewest } from './timeline';

const event = (position: number): TimelineEvent => ({ position: String(position), recordedTime: '1', businessTime: '1', type: 'TradeNovated', text: '', principal: '' });
const answer = (lookedFrom: number, lookedTo: number, ...positions: number[]) => ({ lookedFrom: String(lookedFrom), lookedTo: String(lookedTo), events: positions.map(event) });
const positions = (known: { events: TimelineEvent[] } | undefined) => known?.events.map((e) => Number(e.position));

describe('the newest', () => {
  it('is put before what is known', () => {
    const known = withNewest(withNewest(undefined, answer(50, 100, 90, 60)), answer(70, 120, 110, 90));
    expect(positions(known)).toEqual([110, 90, 60]);
    expect(known).toMatchObject({ lookedFrom: '50', lookedTo: '120' });
  });

  it('leaves what was paged to, though the account was at rest while its shard was busy', () => {
    const known = withNewest(withNewest(undefined, answer(1, 100, 90, 60)), answer(2_000, 9_000));
    expect(positions(known)).toEqual([]);
    const followed = withNewest(withNewest(withNewest(undefined, answer(1, 100, 90, 60)), answer(2, 5_000, 90)), answer(2_000, 9_000));
    expect(positions(followed)).toEqual([90, 60]);
  });

  it('begins anew only where turns lie between that nobody has looked at', () => {
    const known = withNewest(undefined, answer(50, 100, 90));
    expect(positions(withNewest(known, answer(101, 130, 120)))).toEqual([120, 90]);
    expect(positions(withNewest(known, answer(102, 130, 120)))).toEqual([120]);
  });

  it('keeps no more than a page should hold, and turns whole', () => {
    const many = Array.from({ length: mostEvents }, (_, i) => 10_000 - Math.floor(i / 2));
    const known = withNewest(withNewest(undefined, answer(1, 10_000, ...many)), answer(9_999, 10_001, 10_001));
    expect(positions(known)?.length).toBe(mostEvents - 1);
    expect(positions(known)?.at(0)).toBe(10_001);
    expect(known.lookedFrom).toBe('9002');
    expect(Math.min(...positions(known)!)).toBe(9002);
  });

  it('changes nothing when it came late', () => {
    const known = withNewest(undefined, answer(50, 100, 90));
    expect(withNewest(known, answer(50, 95, 90))).toBe(known);
  });
});

describe('what came before', () => {
  it('is put behind what has come meanwhile', () => {
    const asked = withNewest(undefined, answer(50, 100, 90));
    const meanwhile = withNewest(asked, answer(95, 120, 110));
    expect(positions(withEarlier(meanwhile, '50', answer(10, 49, 20)))).toEqual([110, 90, 20]);
  });

  it('is left out when the list began anew meanwhile', () => {
    const anew = withNewest(withNewest(undefined, answer(50, 100, 90)), answer(200, 300, 250));
    expect(positions(withEarlier(anew, '50', answer(10, 49, 20)))).toEqual([250]);
  });
});
