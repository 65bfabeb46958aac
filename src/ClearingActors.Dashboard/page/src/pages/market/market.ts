import type { Market } from '../../api/gen/markets';
import { formatSpan, millisOf } from '../../format/time';
import type { Tone } from '../../ui/Panel';

/** What is to be said of an instrument, in a word each, the gravest first. */
export interface State {
  word: string;
  tone: Tone;
  /** True if somebody should look. */
  attention: boolean;
}

/** An instrument that nothing is wrong with is not open while the whole house is halted; nobody has to look at each for that. */
export function statesOf(market: Market, houseHalted: boolean): State[] {
  if (market.expiryStage === 'EXPIRY_CLOSED') return [{ word: 'Expired', tone: 'info', attention: false }];
  const states: State[] = [];
  if (market.overdue) states.push({ word: 'Overdue', tone: 'bad', attention: true });
  if (market.halted) states.push({ word: 'Halted', tone: 'bad', attention: true });
  if (market.unread) states.push({ word: 'Not readable', tone: 'bad', attention: true });
  if (market.held) states.push({ word: 'Mark held', tone: 'warn', attention: true });
  if (!market.newest) states.push({ word: 'No mark', tone: 'warn', attention: true });
  else if (market.newest.stale) states.push({ word: 'Stale', tone: 'warn', attention: true });
  if (houseHalted && !market.halted) states.push({ word: 'House halted', tone: 'bad', attention: false });
  if (market.expiryStage !== 'EXPIRY_UNSPECIFIED') states.push({ word: 'Final price set', tone: 'info', attention: false });
  return states.length > 0 ? states : [{ word: 'Open', tone: 'good', attention: false }];
}

export const kinds: Record<Market['kind'], string> = { KIND_UNSPECIFIED: '', KIND_FUTURE: 'Future', KIND_OPTION: 'Option', KIND_PERPETUAL: 'Perpetual', KIND_INDEX: 'Index' };

/** Nanoseconds as a span. */
export function formatAge(nanoseconds: string): string {
  return formatSpan(millisOf(nanoseconds));
}

/** Basis points as text has them: above and below zero with its sign. */
export function formatJump(basisPoints: string | undefined): string {
  if (basisPoints === undefined) return 'no mark to compare with';
  const units = BigInt(basisPoints);
  const size = (units < 0n ? -units : units).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return `${units < 0n ? '−' : '+'}${size} bp`;
}

/** Instruments that contain the text in id, underlying or group, of the group and with the state that are asked for. */
export function filter(markets: Market[], houseHalted: boolean, text: string, group: string, only: string): Market[] {
  const wanted = text.trim().toLowerCase();
  return markets.filter(
    (m) =>
      (group === '' || m.productGroup === group) &&
      (wanted === '' || [m.instrument, m.underlying, m.productGroup].some((part) => part.toLowerCase().includes(wanted))) &&
      (only === '' || (only === 'attention' ? statesOf(m, houseHalted).some((s) => s.attention) : statesOf(m, houseHalted).some((s) => s.word === only))),
  );
}
