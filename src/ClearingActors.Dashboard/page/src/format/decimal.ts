import type { Decimal } from '../api/gen/common';

/** The exact text of mantissa x 10^exponent, with at least so many digits behind the point and groups of three before it. */
export function formatDecimal(value: Decimal | undefined, digits = 0): string {
  if (!value) return '–';
  return formatUnits(BigInt(value.mantissa), -value.exponent, digits);
}

/** The exact text of units / 10^scale. Zeros behind the point are kept up to the given digits and dropped beyond. */
export function formatUnits(units: bigint, scale: number, digits = 0): string {
  const negative = units < 0n;
  let text = (negative ? -units : units).toString();
  if (scale < 0) {
    text += '0'.repeat(-scale);
    scale = 0;
  }
  text = text.padStart(scale + 1, '0');
  let whole = text.slice(0, text.length - scale);
  let fraction = text.slice(text.length - scale);
  while (fraction.length > digits && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
  fraction = fraction.padEnd(digits, '0');
  whole = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return `${negative ? '−' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}

/** For charts and bars only: nearly the value. Money that is shown as a number goes through formatDecimal. */
export function approximate(value: Decimal | undefined): number {
  return value ? Number(value.mantissa) * 10 ** value.exponent : 0;
}

/** Below, at or above zero: -1, 0, 1. */
export function signOf(value: Decimal | undefined): number {
  const mantissa = BigInt(value?.mantissa ?? '0');
  return mantissa < 0n ? -1 : mantissa > 0n ? 1 : 0;
}

/** Exact order, for sorting. */
export function compareDecimals(a: Decimal | undefined, b: Decimal | undefined): number {
  const low = Math.min(a?.exponent ?? 0, b?.exponent ?? 0);
  const at = (d: Decimal | undefined) => BigInt(d?.mantissa ?? '0') * 10n ** BigInt((d?.exponent ?? 0) - low);
  const difference = at(a) - at(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** A whole number that the node sends as text, with groups of three. */
export function formatCount(value: string | number | undefined): string {
  return value === undefined ? '–' : formatUnits(BigInt(typeof value === 'number' ? Math.round(value) : value), 0);
}

/** A large number in few characters, such as 1.24 m; for charts' axes and headlines that have the exact figure beside them. */
export function formatShort(value: number): string {
  const size = Math.abs(value);
  const [divisor, unit] = size >= 1e12 ? [1e12, ' tn'] : size >= 1e9 ? [1e9, ' bn'] : size >= 1e6 ? [1e6, ' m'] : size >= 1e4 ? [1e3, ' k'] : [1, ''];
  const scaled = value / divisor;
  const text = Math.abs(scaled) >= 100 || Number.isInteger(scaled) ? scaled.toFixed(0) : scaled.toFixed(Math.abs(scaled) >= 10 ? 1 : 2);
  return text.replace('-', '−') + unit;
}
