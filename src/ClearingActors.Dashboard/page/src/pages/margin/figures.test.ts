import { describe, expect, it } from 'vitest';
import type { ScenarioResult, StressRun } from '../../api/gen/stress';
import { coverage, coverTwo, factorsOf, less, losers, percent, sum, worst } from './figures';

const cents = (mantissa: string) => ({ mantissa, exponent: -2 });

function scenario(name: string, losses: Record<string, string>, failed: string[][]): ScenarioResult {
  return { scenario: name, uncoveredLosses: Object.entries(losses).map(([member, amount]) => ({ member, amount: cents(amount) })), failed: failed.map((members) => ({ members })), liquidity: [] };
}

const run = {
  currency: 'USD',
  scenarios: [
    scenario('fall', { A: '1000', B: '900', C: '400', D: '0' }, [['A', 'B'], ['C']]),
    scenario('rise', { A: '0', B: '9007199254740993', C: '500' }, [['B', 'C']]),
  ],
} as StressRun;

describe('sums', () => {
  it('are exact beyond what a double holds, over different exponents', () => {
    expect(sum([cents('9007199254740993'), { mantissa: '1', exponent: 0 }, undefined])).toEqual(cents('9007199254741093'));
    expect(less(cents('5'), { mantissa: '1', exponent: -1 })).toEqual(cents('-5'));
  });
});

describe('a share', () => {
  it('is rounded up, so that a demand above what is held never reads 100 %', () => {
    expect(percent(cents('10001'), cents('10000'))).toBe(100.1);
    expect(percent(cents('10000'), cents('10000'))).toBe(100);
    expect(percent(cents('9924'), cents('10000'))).toBe(99.3);
    expect(percent(cents('1'), { mantissa: '0', exponent: 0 })).toBeUndefined();
  });
});

describe('cover two', () => {
  it('counts the members of the first round and no others', () => expect(coverTwo(run.scenarios[0]!)).toEqual(cents('1900')));

  it('is worst where the demand is largest', () => expect(worst(run)).toEqual({ scenario: run.scenarios[1], demand: cents('9007199254741493') }));

  it('has no worst scenario without scenarios', () => expect(worst({ ...run, scenarios: [] })).toBeUndefined());
});

describe('members with a loss', () => {
  it('are sorted by their largest, and who loses nothing is left out', () => expect(losers(run)).toEqual(['B', 'A', 'C']));
});

describe('factors', () => {
  it('are those that shocks of prices name', () =>
    expect(factorsOf('[{"shocks":[{"factor":"price","name":"SPX"},{"factor":"volatility","name":"VIX"}]},{"shocks":[{"factor":"price","name":"SPX"},{"factor":"price","name":"CL"}]},{}]')).toEqual(['CL', 'SPX']));

  it('are none where the text is no JSON or empty', () => {
    expect(factorsOf('// none')).toEqual([]);
    expect(factorsOf('')).toEqual([]);
  });
});

describe('a fund', () => {
  it('in which nothing is held covers nothing', () => expect(coverage(cents('0'), cents('0'))).toEqual({ tone: 'bad', note: 'nothing is held' }));

  it('covers what it exceeds, and not a little more', () => {
    expect(coverage(cents('100'), cents('100'))).toEqual({ tone: 'good', note: 'the demand is 100 % of it: covered' });
    expect(coverage(cents('100001'), cents('100000')).tone).toBe('bad');
  });
});
