import type { Decimal } from '../api/gen/common';
import type { Scales, Unit } from './scales';

/** A field of a request that can be handed in by a form. */
export interface Field {
  /** As in the request's JSON. */
  name: string;
  label: string;
  type: 'text' | 'whole' | 'decimal' | 'price' | 'units' | 'cash' | 'choice' | 'date' | 'long' | 'lines';
  hint?: string;
  optional?: boolean;
  /** Of a choice: the value in the request and what it is called. */
  choices?: { value: string | boolean; label: string }[];
  /** Of lines: what stands in each, parted by blanks. */
  columns?: { name: string; type: 'text' | 'decimal' }[];
  /** Of units, which are typed in whole ones and sent as a count of the smallest fractions: of what, and the field that names it. */
  of?: { kind: 'assets' | 'defaults'; field: string };
  /** What else goes into the request wherever the field does. */
  with?: Record<string, unknown>;
}

const instrument: Field = { name: 'instrument', label: 'Instrument', type: 'text' };
const member: Field = { name: 'member', label: 'Member', type: 'text' };
const account: Field = { name: 'account', label: 'Account', type: 'text' };
const number: Field = { name: 'number', label: 'Default number', type: 'whole' };
const heldPrice: Field = { name: 'price', label: 'Held price', type: 'decimal', hint: 'As the page Market shows it; if another is held by then, nothing is done.' };
const operations = 'clearing.operations.v1.OperationsService/';
const margin = 'clearing.margin.v1.MarginService/';
const stress = 'clearing.stress.v1.StressService/';
const defaults = 'clearing.defaults.v1.DefaultService/';
const collateral = 'clearing.collateral.v1.CollateralService/';

/** The fields of each method's request but its reason and its id, which the action has. A method that is not here is handed in as JSON. */
export const fieldsOf: Record<string, Field[]> = {
  [`${operations}HaltInstrument`]: [instrument],
  [`${operations}ResumeInstrument`]: [instrument],
  [`${operations}HaltHouse`]: [],
  [`${operations}ResumeHouse`]: [],
  [`${operations}SuspendMember`]: [member],
  [`${operations}ReinstateMember`]: [member],
  [`${operations}ConfirmMark`]: [instrument, heldPrice],
  [`${operations}DropMark`]: [instrument, heldPrice],
  [`${operations}CloseAccount`]: [account],
  [`${operations}DeclareUnpaid`]: [account, { name: 'cycle', label: 'Cycle', type: 'whole' }],
  [`${operations}SetExpiryPrice`]: [instrument, { name: 'price', label: 'Price', type: 'decimal', optional: true, hint: 'Empty for the price that the rules give.' }],
  [`${operations}BookCollateral`]: [
    account,
    { name: 'currency', label: 'Currency', type: 'text' },
    { name: 'amount', label: 'Amount', type: 'decimal', hint: 'Above zero to deposit, below to withdraw.' },
  ],
  [`${operations}ReleaseQuarantined`]: [
    {
      name: 'actorKind',
      label: 'Kind',
      type: 'choice',
      choices: ['directory', 'registry', 'source', 'account', 'market', 'settlement', 'margin', 'stress', 'default', 'actions'].map((kind) => ({ value: kind, label: kind })),
    },
    { name: 'actorId', label: 'Id', type: 'text' },
  ],
  [`${operations}RunSettlementCycle`]: [
    { name: 'nextBusinessDate', label: 'Next business date', type: 'date' },
    {
      name: 'prices',
      label: 'Settlement prices',
      type: 'lines',
      optional: true,
      hint: 'A line each: instrument and price. Instruments that are not named are settled at their marks.',
      columns: [
        { name: 'instrument', type: 'text' },
        { name: 'price', type: 'decimal' },
      ],
    },
  ],
  [`${operations}SetPaymentTerms`]: [
    { name: 'minutesToPay', label: 'Minutes to pay', type: 'whole' },
    {
      name: 'sources',
      label: 'Sources of liquidity',
      type: 'lines',
      optional: true,
      hint: 'A line each: name, currency and limit.',
      columns: [
        { name: 'name', type: 'text' },
        { name: 'currency', type: 'text' },
        { name: 'limit', type: 'decimal' },
      ],
    },
  ],
  [`${collateral}MoveAsset`]: [
    account,
    { name: 'asset', label: 'Security or coin', type: 'text' },
    { name: 'quantity', label: 'Quantity', type: 'decimal', hint: 'Above zero to deposit, below to withdraw.' },
  ],
  [`${collateral}SetPrices`]: [
    {
      name: 'prices',
      label: 'Prices',
      type: 'lines',
      optional: true,
      hint: 'A line each: security or coin, and price.',
      columns: [
        { name: 'asset', type: 'text' },
        { name: 'price', type: 'decimal' },
      ],
    },
    {
      name: 'rates',
      label: 'Exchange rates',
      type: 'lines',
      optional: true,
      hint: 'A line each: base currency, quote currency and rate.',
      columns: [
        { name: 'base', type: 'text' },
        { name: 'quote', type: 'text' },
        { name: 'rate', type: 'decimal' },
      ],
    },
  ],
  [`${margin}RunMargin`]: [],
  [`${margin}DecideBuffer`]: [
    {
      name: 'released',
      label: 'The 25 % buffer',
      type: 'choice',
      choices: [
        { value: true, label: 'is released: members need less' },
        { value: false, label: 'is asked for again' },
      ],
    },
  ],
  [`${margin}WithdrawMarginCall`]: [account, { name: 'call', label: 'Margin call', type: 'whole', hint: 'Its number.' }],
  [`${margin}SetRiskModel`]: [{ name: 'parameters', label: 'Parameters', type: 'long', hint: 'JSON, at most 16 KiB with the rest; larger ones go by the command line.' }],
  [`${stress}RunStress`]: [],
  [`${stress}SizeDefaultFund`]: [
    {
      name: 'dryRun',
      label: 'Size',
      type: 'choice',
      choices: [
        { value: true, label: 'compute only' },
        { value: false, label: 'size the fund and call the contributions' },
      ],
    },
  ],
  [`${stress}SetScenarios`]: [{ name: 'scenarios', label: 'Scenarios', type: 'long', hint: 'JSON.' }],
  [`${stress}SetFundTerms`]: [{ name: 'terms', label: 'Terms', type: 'long', hint: 'JSON.' }],
  [`${defaults}SetDefaultTerms`]: [{ name: 'terms', label: 'Terms', type: 'long', hint: 'JSON.' }],
  [`${defaults}TriggerDefault`]: [member],
  [`${defaults}DecideDefault`]: [
    number,
    {
      name: 'action',
      label: 'Decision',
      type: 'choice',
      hint: 'Somebody else approves it on the page Default management.',
      // Without it the node takes a second person's proposal as the approval of what the first one proposed.
      with: { step: 'DECISION_STEP_PROPOSE' },
      choices: [
        { value: 'ACTION_DECLARE', label: 'declare the default' },
        { value: 'ACTION_HAIRCUT_GAINS', label: 'haircut of gains' },
        { value: 'ACTION_TEAR_UP', label: 'tear up what is unsold' },
        { value: 'ACTION_WRITE_OFF', label: 'write off what no layer bears' },
      ],
    },
  ],
  [`${defaults}LiftTrigger`]: [number],
  [`${defaults}CloseDefault`]: [number],
  [`${defaults}CloseOutAccount`]: [number, account],
  [`${defaults}Reoffer`]: [number, account],
  [`${defaults}PortAccount`]: [number, account, { name: 'member', label: 'To member', type: 'text' }],
  [`${defaults}Hedge`]: [
    number,
    account,
    instrument,
    { name: 'lots', label: 'Lots', type: 'whole', hint: 'Above zero to buy, below to sell.' },
    { name: 'price', label: 'Price', type: 'price' },
    { name: 'counterparty', label: 'Counterparty', type: 'text', hint: 'An account.' },
    { name: 'counterpartyClient', label: 'Its client', type: 'text', optional: true, hint: 'Of a gross omnibus account.' },
  ],
  [`${defaults}SellAsset`]: [
    number,
    account,
    { name: 'asset', label: 'Security or coin', type: 'text' },
    { name: 'units', label: 'Quantity', type: 'units', of: { kind: 'assets', field: 'asset' }, hint: 'As the account page shows it, such as 0.5.' },
    { name: 'proceeds', label: 'Proceeds', type: 'cash' },
  ],
  [`${defaults}ChargeCost`]: [number, account, { name: 'amount', label: 'Cost', type: 'cash' }],
  [`${defaults}RecordRecovery`]: [number, { name: 'amount', label: 'Recovered', type: 'units', of: { kind: 'defaults', field: 'number' }, hint: "In the default's currency, such as 1,025.00." }],
};

// No group of thousands begins with 0: who types 0,500 means a half.
const decimalText = /^[-−+]?([1-9]\d{0,2}(,\d{3})+|\d+)?(\.\d+)?$/;

/** A decimal number as it is written, exactly; thousands may be parted by commas. Undefined if it is none, or has more digits than the node takes. */
export function parseDecimal(text: string): Decimal | undefined {
  const trimmed = text.trim();
  if (!decimalText.test(trimmed) || !/\d/.test(trimmed)) return undefined;
  const plain = trimmed.replaceAll(',', '').replace('−', '-').replace('+', '');
  const [whole = '', fraction = ''] = plain.split('.');
  const mantissa = BigInt(`${whole === '-' || whole === '' ? `${whole}0` : whole}${fraction}`);
  return fits(mantissa) ? { mantissa: mantissa.toString(), exponent: 0 - fraction.length } : undefined;
}

function fits(count: bigint): boolean {
  return count >= -(2n ** 63n) && count < 2n ** 63n;
}

/** The number as the node reads a decimal in text: a sign below zero, digits and a point. */
function textOf({ mantissa, exponent }: Decimal): string {
  const digits = mantissa.replace('-', '').padStart(1 - exponent, '0');
  const whole = digits.length + exponent;
  return `${mantissa.startsWith('-') ? '-' : ''}${digits.slice(0, whole)}${exponent < 0 ? `.${digits.slice(whole)}` : ''}`;
}

/** What was typed into a form, by the field's name; cash has its currency under `name.currency`. */
export type Typed = Record<string, string>;

/** The request's JSON, or what is wrong, by the field's name. */
export function requestOf(fields: Field[], typed: Typed, scales: Scales): { request: string } | { errors: Record<string, string> } {
  const request: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const text = (typed[field.name] ?? '').trim();
    if (text === '') {
      if (!field.optional) errors[field.name] = `${field.label} is needed.`;
      continue;
    }
    const read = valueOf(field, text, typed, scales);
    if ('error' in read) errors[field.name] = read.error;
    else Object.assign(request, { [field.name]: read.value }, field.with);
  }
  return Object.keys(errors).length > 0 ? { errors } : { request: JSON.stringify(request) };
}

/** A request that was typed as JSON goes as it is. Large whole numbers must be text there, since they could not be shown exactly. */
export function jsonOf(text: string): { request: string } | { errors: Record<string, string> } {
  try {
    let inexact = '';
    const read = JSON.parse(text, (key: string, value: unknown) => {
      if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) inexact = key;
      return value;
    }) as unknown;
    if (typeof read !== 'object' || read === null || Array.isArray(read)) return { errors: { json: 'An object is needed, such as { "instrument": "ES" }.' } };
    return inexact ? { errors: { json: `${inexact} is too large for a number in JSON: write it as text, such as "9007199254740993".` } } : { request: text.trim() };
  } catch (e) {
    return { errors: { json: `It is no JSON: ${(e as Error).message}` } };
  }
}

/** What a field of units counts in; undefined if the house knows none by that name, or it is not read yet. */
export function unitOf(field: Field, of: unknown, scales: Scales): Unit | undefined {
  return scales[field.of!.kind]?.get(String(of));
}

function valueOf(field: Field, text: string, typed: Typed, scales: Scales): { value: unknown } | { error: string } {
  switch (field.type) {
    case 'whole':
      return /^[-−]?\d{1,19}$/.test(text) ? { value: text.replace('−', '-') } : { error: `${field.label} is "${text}": a whole number is needed.` };
    case 'decimal': {
      const value = parseDecimal(text);
      return value ? { value } : notDecimal(field, text);
    }
    case 'price': {
      const value = parseDecimal(text);
      return value ? { value: textOf(value) } : notDecimal(field, text);
    }
    case 'units': {
      const of = (typed[field.of!.field] ?? '').trim();
      const unit = unitOf(field, of, scales);
      if (!unit) return { error: unknownUnit(field, of, scales) };
      const count = countOf(field, text, unit);
      return 'error' in count ? count : { value: count.value.toString() };
    }
    case 'cash': {
      const { currencies } = scales;
      const currency = typed[`${field.name}.currency`] ?? Object.keys(currencies)[0] ?? '';
      const digits = currencies[currency];
      if (digits === undefined) return { error: `Currency "${currency}" is none of the house's: ${Object.keys(currencies).join(', ')}.` };
      const count = countOf(field, text, { name: currency, digits });
      return 'error' in count ? count : { value: { currency, digits, minor: count.value.toString() } };
    }
    case 'choice':
      return { value: field.choices!.find((choice) => String(choice.value) === text)!.value };
    case 'date':
      return { value: Number(text.replaceAll('-', '')) };
    case 'lines':
      return linesOf(field, text);
    default:
      return { value: text };
  }
}

function notDecimal(field: Field, text: string): { error: string } {
  return { error: `${field.label} is "${text}": a decimal number such as 1,234.50 is needed.` };
}

/** So many of the smallest fractions. */
function countOf(field: Field, text: string, { name, digits }: Unit): { value: bigint } | { error: string } {
  const read = parseDecimal(text);
  if (!read) return notDecimal(field, text);
  if (-read.exponent > digits) return { error: `${field.label} is "${text}": ${name} has ${digits} decimal places.` };
  const value = BigInt(read.mantissa) * 10n ** BigInt(digits + read.exponent);
  return fits(value) ? { value } : { error: `${field.label} is "${text}": less than 2^63 of the smallest fractions of ${name} are allowed.` };
}

function unknownUnit(field: Field, of: string, scales: Scales): string {
  const known = scales[field.of!.kind];
  const what = field.of!.kind === 'assets' ? 'security or coin' : 'default';
  if (of === '') return `${field.label} cannot be read: name the ${what} first.`;
  if (!known) return `${field.label} cannot be read: the node has not told yet what it counts in. Try again in a moment.`;
  return `${field.label} cannot be read: there is no ${what} "${of}"; ${known.size === 0 ? 'none is known' : `known: ${[...known.keys()].join(', ')}`}.`;
}

function linesOf(field: Field, text: string): { value: unknown } | { error: string } {
  const columns = field.columns!;
  const value: Record<string, unknown>[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    const parts = line.trim().split(/\s+/);
    if (parts.length === 1 && parts[0] === '') continue;
    const wanted = columns.map((column) => column.name).join(' ');
    if (parts.length !== columns.length) return { error: `${field.label}, line ${i + 1} is "${line.trim()}": ${wanted} are needed.` };
    const row: Record<string, unknown> = {};
    for (const [c, column] of columns.entries()) {
      const part = column.type === 'decimal' ? parseDecimal(parts[c]!) : parts[c]!;
      if (part === undefined) return { error: `${field.label}, line ${i + 1}: "${parts[c]}" is no decimal number.` };
      row[column.name] = part;
    }
    value.push(row);
  }
  return { value };
}
