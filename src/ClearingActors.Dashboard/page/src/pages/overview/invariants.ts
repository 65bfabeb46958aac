import type { InvariantCheck } from '../../api/gen/house';
import { millisOf, utcDate, utcTime } from '../../format/time';
import type { Tone } from '../../ui/Panel';

/** What may be said of an invariant now: that it holds only if that was seen lately. What was broken stays so until it is seen to hold. */
export function verdictOf(check: InvariantCheck, holds: boolean): { tone: Tone; word: string } {
  if (!holds) return { tone: 'bad', word: 'Broken' };
  return check.overdue ? { tone: 'warn', word: `Last held at ${utcTime(millisOf(check.checkedAt))}` } : { tone: 'good', word: 'Holds' };
}

/** Why nobody can say whether they hold; empty if somebody can. */
export function overdueText(check: InvariantCheck): string {
  if (!check.overdue) return '';
  const since = check.checkedAt === '0' ? 'since the node started' : `since ${utcDate(millisOf(check.checkedAt))} ${utcTime(millisOf(check.checkedAt))} UTC`;
  return `Not checked ${since}${check.notCheckedBecause ? `: ${check.notCheckedBecause}` : ''}.`;
}
