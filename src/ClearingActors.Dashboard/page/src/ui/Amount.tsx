import type { Decimal } from '../api/gen/common';
import { useSession } from '../api/session';
import { formatDecimal, signOf } from '../format/decimal';

/** Money, exact, with the digits of its currency. Below zero it is marked, and has its sign. */
export function Amount({ value, currency, show = false }: { value: Decimal | undefined; currency: string; show?: boolean }) {
  const { currencies } = useSession();
  return (
    <span className={`number${signOf(value) < 0 ? ' bad' : ''}`}>
      {formatDecimal(value, currencies[currency] ?? 2)}
      {show && value ? <span className="unit"> {currency}</span> : null}
    </span>
  );
}
