import { describe, expect, it } from 'vitest';
import { histogram } from './histogram';

describe('a histogram', () => {
  it('has every gain in one bin, and the tail in the lowest', () => {
    const gains = [5, -10, 0, 2, -9, 10];
    const bins = histogram(gains, new Set([1, 4]), 4);
    expect(bins).toHaveLength(4);
    expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(6);
    expect(bins[0]).toEqual({ from: -10, to: -5, count: 2, tail: 2 });
    expect(bins[3]).toMatchObject({ to: 10, count: 2, tail: 0 });
  });

  it('of equal gains is one bin, and of none is empty', () => {
    expect(histogram([3, 3, 3], new Set([0]))).toEqual([{ from: 3, to: 3, count: 3, tail: 1 }]);
    expect(histogram([], new Set())).toEqual([]);
  });
});
