import type { Decimal } from '../../api/gen/common';
import type { TimelinePoint } from '../../api/gen/audit';

const perSecond = 1_000_000_000n;

/** When about so many turns had been recorded, UTC nanoseconds: between two samples in proportion. Zero if nothing is known. */
export function aboutWhen(points: TimelinePoint[], turn: number, of: 'recordedTime' | 'businessTime' = 'recordedTime'): bigint {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return 0n;
  if (turn <= Number(first.turn)) return BigInt(first[of]);
  const after = points.findIndex((p) => Number(p.turn) > turn);
  if (after < 0) return BigInt(last[of]);
  const [a, b] = [points[after - 1]!, points[after]!];
  const span = BigInt(b.turn) - BigInt(a.turn);
  return BigInt(a[of]) + ((BigInt(b[of]) - BigInt(a[of])) * (BigInt(turn) - BigInt(a.turn))) / span;
}

/** A time as people type it, in UTC: 2020-03-16, 2020-03-16 14:03, with seconds and up to nine digits of them, or nanoseconds since 1970. Undefined if it is none. */
export function parseMoment(text: string): bigint | undefined {
  const trimmed = text.trim();
  if (/^\d{15,19}$/.test(trimmed)) return BigInt(trimmed);
  const found = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?Z?$/.exec(trimmed);
  if (!found) return undefined;
  const [, year, month, day, hour = '23', minute = '59', second, fraction] = found;
  const whole = found[4] === undefined;
  const seconds = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second ?? (whole ? '59' : '0'))) / 1000;
  const at = new Date(seconds * 1000);
  // A day that the month does not have would become one of the next month.
  if (Number.isNaN(seconds) || at.getUTCDate() !== Number(day) || at.getUTCMonth() !== Number(month) - 1 || Number(hour) > 23 || Number(minute) > 59) return undefined;
  return BigInt(seconds) * perSecond + (fraction ? BigInt(fraction.padEnd(9, '0')) : whole ? perSecond - 1n : 0n);
}

/** a - b, exact. Undefined if either is not there. */
export function difference(a: Decimal | undefined, b: Decimal | undefined): Decimal | undefined {
  if (!a || !b) return undefined;
  const exponent = Math.min(a.exponent, b.exponent);
  const at = (d: Decimal) => BigInt(d.mantissa) * 10n ** BigInt(d.exponent - exponent);
  return { mantissa: (at(a) - at(b)).toString(), exponent };
}
