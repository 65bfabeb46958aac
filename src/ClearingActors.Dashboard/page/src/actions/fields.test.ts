import { describe, expect, it } from 'vitest';
import { fieldsOf, jsonOf, parseDecimal, requestOf } from './fields';

const currencies = { USD: 2, JPY: 0 };
const fields = (method: string) => fieldsOf[Object.keys(fieldsOf).find((key) => key.endsWith(`/${method}`))!]!;

describe('decimals are read exactly', () => {
  it.each([
    ['0', '0', 0],
    ['1,234.50', '123450', -2],
    ['-12.5', '-125', -1],
    ['−0.05', '-5', -2],
    ['.5', '5', -1],
    ['-.5', '-5', -1],
    ['9223372036854775807', '9223372036854775807', 0],
    ['92233720368547758.07', '9223372036854775807', -2],
  ])('%s', (text, mantissa, exponent) => expect(parseDecimal(text)).toEqual({ mantissa, exponent }));

  it.each(['', '-', '.', '1.2.3', '1e5', '12,34', '1,2345', 'ten', '9223372036854775808', '0x10'])('and "%s" is none', (text) => expect(parseDecimal(text)).toBeUndefined());
});

describe('a form becomes the request that it shows', () => {
  it('with cash in whole minor units of its currency', () => {
    const typed = { number: '1', account: 'B.HOUSE', amount: '12,500.5', 'amount.currency': 'USD' };
    expect(requestOf(fields('ChargeCost'), typed, currencies)).toEqual({ request: '{"number":"1","account":"B.HOUSE","amount":{"currency":"USD","digits":2,"minor":"1250050"}}' });
  });

  it('and more decimal places than the currency has are refused', () => {
    const typed = { number: '1', account: 'B.HOUSE', amount: '1.5', 'amount.currency': 'JPY' };
    expect(requestOf(fields('ChargeCost'), typed, currencies)).toEqual({ errors: { amount: 'Cost is "1.5": JPY has 0 decimal places.' } });
  });

  it('with false where false was chosen', () => {
    expect(requestOf(fields('DecideBuffer'), { released: 'false' }, currencies)).toEqual({ request: '{"released":false}' });
    expect(requestOf(fields('DecideBuffer'), {}, currencies)).toEqual({ errors: { released: 'The 25 % buffer is needed.' } });
  });

  it('with a list from lines', () => {
    const typed = { nextBusinessDate: '2020-03-17', prices: 'ES 2,750.25\n\n  NQ 8000 ' };
    expect(requestOf(fields('RunSettlementCycle'), typed, currencies)).toEqual({
      request: '{"nextBusinessDate":20200317,"prices":[{"instrument":"ES","price":{"mantissa":"275025","exponent":-2}},{"instrument":"NQ","price":{"mantissa":"8000","exponent":0}}]}',
    });
    expect(requestOf(fields('RunSettlementCycle'), { ...typed, prices: 'ES' }, currencies)).toEqual({ errors: { prices: 'Settlement prices, line 1 is "ES": instrument price are needed.' } });
  });

  it('and names every field that is missing', () => expect(requestOf(fields('PortAccount'), { number: 'x' }, currencies)).toEqual({
    errors: { number: 'Default number is "x": a whole number is needed.', account: 'Account is needed.', member: 'To member is needed.' },
  }));
});

describe('JSON that is typed goes as it is', () => {
  it('if it is an object', () => expect(jsonOf(' {"a": 1} ')).toEqual({ request: '{"a": 1}' }));
  it('and not if a number in it cannot be shown exactly', () => expect(jsonOf('{"minor": 9007199254740993}')).toEqual({ errors: { json: 'minor is too large for a number in JSON: write it as text, such as "9007199254740993".' } }));
  it('or if it is something else', () => expect(Object.keys(jsonOf('[1]'))).toEqual(['errors']));
});
