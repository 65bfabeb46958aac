import { formatUnits } from '../../format/decimal';

/** Whole minor units of a currency, exact. Below zero they are marked, and have their sign. */
export function Units({ units, digits }: { units: bigint; digits: number }) {
  return <span className={`number${units < 0n ? ' bad' : ''}`}>{formatUnits(units, digits, digits)}</span>;
}
