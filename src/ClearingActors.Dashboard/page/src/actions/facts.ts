import { formatDecimal, formatUnits } from '../format/decimal';
import { businessDate } from '../format/time';

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

/** A request in the JSON form of protocol buffers as a list of its fields, without those that are empty. What is false or zero says so, and an amount beside a currency has its digits. */
export function factsOf(request: unknown, currencies: Record<string, number> = {}): Fact[] {
  const facts: Fact[] = [];
  add(facts, '', request, 0, currencies);
  return facts.map((fact) => ({ ...fact, name: fact.name.charAt(0).toUpperCase() + fact.name.slice(1) }));
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
