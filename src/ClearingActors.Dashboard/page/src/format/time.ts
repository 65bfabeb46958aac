/** UTC nanoseconds since 1970, as the node sends them, to milliseconds; 0 for none. */
export function millisOf(nanoseconds: string | undefined): number {
  return nanoseconds ? Number(BigInt(nanoseconds) / 1_000_000n) : 0;
}

const two = (n: number) => String(n).padStart(2, '0');

/** 2020-03-16 */
export function utcDate(millis: number): string {
  const d = new Date(millis);
  return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
}

/** 14:03:22 */
export function utcTime(millis: number): string {
  const d = new Date(millis);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
}

/** What the reader's own clock said, with its zone's name. */
export function localTime(millis: number): string {
  return `${new Date(millis).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })} (${Intl.DateTimeFormat().resolvedOptions().timeZone})`;
}

/** 20200316 to 2020-03-16; empty for 0. */
export function businessDate(yyyymmdd: number): string {
  const text = String(yyyymmdd);
  return yyyymmdd ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : '';
}

/** A span in its two largest units, such as 3 min 20 s. */
export function formatSpan(millis: number): string {
  const s = Math.floor(Math.abs(millis) / 1000);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}
