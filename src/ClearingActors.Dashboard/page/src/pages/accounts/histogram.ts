/** Scenarios with about the same gain. */
export interface Bin {
  from: number;
  to: number;
  count: number;
  /** How many of them are in the tail. */
  tail: number;
}

/** Gains in bins of equal width; a single gain, or equal ones, in one bin. */
export function histogram(gains: number[], tail: ReadonlySet<number>, bins = 48): Bin[] {
  if (gains.length === 0) return [];
  let least = Infinity;
  let most = -Infinity;
  for (const gain of gains) {
    least = Math.min(least, gain);
    most = Math.max(most, gain);
  }
  const count = most > least ? bins : 1;
  const width = (most - least) / count;
  const all = Array.from({ length: count }, (_, i): Bin => ({ from: least + i * width, to: i === count - 1 ? most : least + (i + 1) * width, count: 0, tail: 0 }));
  gains.forEach((gain, i) => {
    const bin = all[width > 0 ? Math.min(count - 1, Math.floor((gain - least) / width)) : 0]!;
    bin.count++;
    if (tail.has(i)) bin.tail++;
  });
  return all;
}
