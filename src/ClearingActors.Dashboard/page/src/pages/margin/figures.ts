import type { Decimal } from '../../api/gen/common';
import type { ScenarioResult, StressRun } from '../../api/gen/stress';
import { compareDecimals } from '../../format/decimal';
import type { Tone } from '../../ui/Panel';

const zero: Decimal = { mantissa: '0', exponent: 0 };

/** The exact sum. */
export function sum(values: (Decimal | undefined)[]): Decimal {
  const exponent = Math.min(0, ...values.map((v) => v?.exponent ?? 0));
  const mantissa = values.reduce((total, v) => total + BigInt(v?.mantissa ?? '0') * 10n ** BigInt((v?.exponent ?? 0) - exponent), 0n);
  return { mantissa: mantissa.toString(), exponent };
}

/** Exactly a - b. */
export function less(a: Decimal | undefined, b: Decimal | undefined): Decimal {
  return sum([a, b ? { mantissa: (-BigInt(b.mantissa)).toString(), exponent: b.exponent } : undefined]);
}

/** a of b in percent with one digit, rounded up, so that a demand above what is held never reads 100; undefined if b is zero. */
export function percent(a: Decimal, b: Decimal): number | undefined {
  const low = Math.min(a.exponent, b.exponent);
  const [x, y] = [BigInt(a.mantissa) * 10n ** BigInt(a.exponent - low), BigInt(b.mantissa) * 10n ** BigInt(b.exponent - low)];
  return y === 0n ? undefined : Number((x * 1000n + y - 1n) / y) / 10;
}

/** Whether what is held covers a demand, and in words how far. A fund in which nothing is held covers nothing. */
export function coverage(demand: Decimal, held: Decimal): { tone: Tone; note: string } {
  const share = percent(demand, held);
  if (share === undefined) return { tone: 'bad', note: 'nothing is held' };
  return share > 100 ? { tone: 'bad', note: `the demand is ${share} % of it: not covered` } : { tone: 'good', note: `the demand is ${share} % of it: covered` };
}

/** What the two largest groups lose beyond their own means in a scenario. */
export function coverTwo(scenario: ScenarioResult): Decimal {
  const first = new Set(scenario.failed[0]?.members ?? []);
  return sum(scenario.uncoveredLosses.filter((u) => first.has(u.member)).map((u) => u.amount));
}

/** The scenario of a run with the largest such loss; undefined without a scenario. */
export function worst(run: StressRun): { scenario: ScenarioResult; demand: Decimal } | undefined {
  return run.scenarios.map((scenario) => ({ scenario, demand: coverTwo(scenario) })).reduce<{ scenario: ScenarioResult; demand: Decimal } | undefined>((a, b) => (a && compareDecimals(a.demand, b.demand) >= 0 ? a : b), undefined);
}

/** Members with an uncovered loss in any scenario, the largest first. */
export function losers(run: StressRun): string[] {
  const most = new Map<string, Decimal>();
  for (const scenario of run.scenarios) {
    for (const { member, amount } of scenario.uncoveredLosses) {
      if (compareDecimals(amount, zero) > 0 && compareDecimals(amount, most.get(member) ?? zero) > 0) most.set(member, amount!);
    }
  }
  return [...most].sort((a, b) => compareDecimals(b[1], a[1]) || a[0].localeCompare(b[0])).map(([member]) => member);
}

/** The risk factors that the scenarios name, for a form's suggestions. */
export function factorsOf(scenarios: string): string[] {
  if (!scenarios) return [];
  try {
    const list = JSON.parse(scenarios) as { shocks?: { factor?: string; name?: string }[] }[];
    return [...new Set(list.flatMap((s) => s.shocks ?? []).filter((s) => s.factor === 'price' && s.name).map((s) => s.name!))].sort();
  } catch {
    // Comments are allowed there; a form without suggestions is all that is lost.
    return [];
  }
}

/** A risk number, which is no money: to whole units. */
export function formatRisk(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 0 }).replace('-', '−');
}

export function formatProbability(value: number | undefined): string {
  return value === undefined ? '–' : value < 0.001 ? '< 0.001' : value.toFixed(3);
}
