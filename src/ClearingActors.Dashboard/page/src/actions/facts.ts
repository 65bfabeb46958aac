import { formatCount, formatDecimal, formatUnits } from '../format/decimal';
import { businessDate } from '../format/time';
import { fieldsOf, unitOf, type Field } from './fields';
import type { Scales } from './scales';

/** A field of a request and its value, as people read them. */
export interface Fact {
  name: string;
  value: string;
  /** Text that is too long for a line, such as a file of parameters. */
  long?: boolean;
}

const lineLength = 160;

/** camelCase as words: requestId as "request id". */
export function wordsOf(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}

/**
 * A request in the JSON form of protocol buffers as a list of its fields, without those that are empty. What is false or zero says so, and an amount beside a currency has its digits.
 * What the method's request counts in smallest fractions is shown in whole ones, as it was typed.
 */
export function factsOf(request: unknown, scales: Scales = { currencies: {} }, method = ''): Fact[] {
  const facts: Fact[] = [];
  add(facts, '', inWholeOnes(request as Record<string, unknown>, scales, method), 0, scales.currencies);
  return facts.map((fact) => ({ ...fact, name: fact.name.charAt(0).toUpperCase() + fact.name.slice(1) }));
}

/** The request with every field of units as text under its label: whole ones with their name, or plainly a count of fractions where the scale is not known. */
function inWholeOnes(request: Record<string, unknown>, scales: Scales, method: string): Record<string, unknown> {
  const units = fieldsOf[method]?.filter((field) => field.type === 'units') ?? [];
  if (units.length === 0) return request;
  return Object.fromEntries(
    Object.entries(request).map(([key, value]) => {
      const field = units.find((f) => f.name === key);
      return field && value !== undefined ? [field.label, countText(field, String(value), request[field.of!.field], scales)] : [key, value];
    }),
  );
}

function countText(field: Field, count: string, of: unknown, scales: Scales): string {
  const unit = unitOf(field, of, scales);
  if (!unit) return `${formatCount(count)} ${field.of!.kind === 'assets' ? `of the smallest fractions of ${String(of)}` : `minor units of the currency of default ${String(of)}`}`;
  return `${formatUnits(BigInt(count), unit.digits, field.of!.kind === 'assets' ? 0 : unit.digits)} ${unit.name}`;
}

function add(facts: Fact[], name: string, value: unknown, digits: number, currencies: Record<string, number>): void {
  if (value === null || value === undefined || value === '') return;
  if (Array.isArray(value)) {
    value.forEach((item, i) => add(facts, `${name} ${i + 1}`, item, digits, currencies));
    return;
  }
  if (typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    const amount = amountOf(fields, digits);
    if (amount !== undefined) {
      facts.push({ name, value: amount });
      return;
    }
    const inner = currencies[String(fields.currency)] ?? 0;
    for (const [key, item] of Object.entries(fields)) add(facts, name ? `${name}, ${wordsOf(key)}` : wordsOf(key), item, inner, currencies);
    return;
  }
  const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : /date$/.test(name) && typeof value === 'number' ? businessDate(value) : String(value);
  facts.push({ name, value: text, long: text.length > lineLength || text.includes('\n') || undefined });
}

/** The node's two forms of an exact amount; a field at its default is absent. */
function amountOf(fields: Record<string, unknown>, atLeast: number): string | undefined {
  const keys = Object.keys(fields);
  if (keys.length === 0) return undefined;
  if (keys.every((key) => key === 'mantissa' || key === 'exponent')) return formatDecimal({ mantissa: String(fields.mantissa ?? 0), exponent: Number(fields.exponent ?? 0) }, atLeast);
  if ('currency' in fields && keys.every((key) => key === 'currency' || key === 'digits' || key === 'minor')) {
    const digits = Number(fields.digits ?? 0);
    return `${formatUnits(BigInt(String(fields.minor ?? 0)), digits, digits)} ${String(fields.currency)}`;
  }
  return undefined;
}
