import { formatSpan, localTime, millisOf, utcDate, utcTime } from '../format/time';

/** An instant in UTC, with its date where that is not today's; the reader's local time when hovered or focused by a screen reader. */
export function Time({ at, show = 'time' }: { at: string | number | undefined; show?: 'time' | 'date' | 'both' }) {
  const millis = typeof at === 'number' ? at : millisOf(at);
  if (!millis) return <span className="muted">–</span>;
  const text = show === 'date' ? utcDate(millis) : show === 'time' && utcDate(millis) === utcDate(Date.now()) ? utcTime(millis) : `${utcDate(millis)} ${utcTime(millis)}`;
  return (
    <time dateTime={new Date(millis).toISOString()} title={`${utcDate(millis)} ${utcTime(millis)} UTC\n${localTime(millis)}`}>
      {text}
    </time>
  );
}

/** What is left until an instant by the business clock, or how long it has passed. Both in UTC nanoseconds. */
export function Countdown({ to, now }: { to: string; now: string | undefined }) {
  if (!now || now === '0' || to === '0') return <span className="muted">–</span>;
  const left = millisOf(to) - millisOf(now);
  const urgent = left < 5 * 60_000;
  return (
    <span className={left < 0 ? 'bad' : urgent ? 'warn' : undefined} title={`${utcDate(millisOf(to))} ${utcTime(millisOf(to))} UTC\n${localTime(millisOf(to))}`}>
      {left < 0 ? `${formatSpan(left)} over` : formatSpan(left)}
    </span>
  );
}
