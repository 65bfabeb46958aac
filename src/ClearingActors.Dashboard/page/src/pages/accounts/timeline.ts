import type { GetTimelineResponse, TimelineEvent } from '../../api/gen/accounts';

/** What is known of an account's timeline without a gap: everything in the turns from `lookedFrom` to `lookedTo`, newest first. */
export interface Known {
  events: TimelineEvent[];
  lookedFrom: string;
  lookedTo: string;
}

/** Events that are kept while new ones come in; what is older can be asked for again. */
export const mostEvents = 2000;

type Answer = Pick<GetTimelineResponse, 'events' | 'lookedFrom' | 'lookedTo'>;

/** With what is new in the newest answer. Only where turns lie between that nobody has looked at does it begin anew. */
export function withNewest(known: Known | undefined, newest: Answer): Known {
  const { events, lookedFrom, lookedTo } = newest;
  if (!known || BigInt(lookedFrom) > BigInt(known.lookedTo) + 1n) return { events, lookedFrom, lookedTo };

  // An answer that was on its way longer than the next tells nothing new.
  if (BigInt(lookedTo) <= BigInt(known.lookedTo)) return known;
  return shortened({ ...known, events: [...events.filter((e) => BigInt(e.position) > BigInt(known.lookedTo)), ...known.events], lookedTo });
}

/** Without the oldest where it grows beyond what a page should hold; a turn is kept whole or not at all. */
function shortened(known: Known): Known {
  if (known.events.length <= mostEvents) return known;
  const beyond = known.events[mostEvents]!.position;
  const events = known.events.slice(0, mostEvents).filter((e) => e.position !== beyond);
  return { ...known, events, lookedFrom: (BigInt(beyond) + 1n).toString() };
}

/** With what came before `asked`; unchanged if what is known begins elsewhere by now. */
export function withEarlier(known: Known | undefined, asked: string, earlier: Answer): Known | undefined {
  return known?.lookedFrom === asked ? { ...known, events: [...known.events, ...earlier.events], lookedFrom: earlier.lookedFrom } : known;
}
