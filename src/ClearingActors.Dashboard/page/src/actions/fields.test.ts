import { describe, expect, it } from 'vitest';
import { fieldsOf, jsonOf, parseDecimal, requestOf } from './fields';
import type { Scales } from './scales';

const scales = {
  currencies: { USD: 2, JPY: 0 },
  assets: new Map([
    ['BTC', { name: 'BTC', digits: 8 }],
    ['T10', { name: 'T10', digits: 0 }],
  ]),
  defaults: new Map([
    ['1', { name: 'USD', digits: 2 }],
    ['2', { name: 'JPY', digits: 0 }],
  ]),
};
const fields = (method: string) => fieldsOf[Object.keys(fieldsOf).find((key) => key.endsWith(`/${method}`))!]!;

describe('decimals are read exactly', () => {
  it.each([
    ['0', '0', 0],
    ['1,234.50', '123450', -2],
    ['-12.5', '-125', -1],
    ['−0.05', '-5', -2],
    ['.5', '5', -1],
    ['-.5', '-5', -1],
    ['0.500', '500', -3],
    ['12,345,678', '12345678', 0],
    ['9223372036854775807', '9223372036854775807', 0],
    ['92233720368547758.07', '9223372036854775807', -2],
  ])('%s', (text, mantissa, exponent) => expect(parseDecimal(text)).toEqual({ mantissa, exponent }));

  it.each(['', '-', '.', '1.2.3', '1e5', '12,34', '1,2345', '1,5', '0,500', '000,500', '1,234,56', '1,23,456', ',500', '1.234,5', 'ten', '9223372036854775808', '0x10'])('and "%s" is none', (text) => expect(parseDecimal(text)).toBeUndefined());
});

describe('a form becomes the request that it shows', () => {
  it('with cash in whole minor units of its currency', () => {
    const typed = { number: '1', account: 'B.HOUSE', amount: '12,500.5', 'amount.currency': 'USD' };
    expect(requestOf(fields('ChargeCost'), typed, scales)).toEqual({ request: '{"number":"1","account":"B.HOUSE","amount":{"currency":"USD","digits":2,"minor":"1250050"}}' });
  });

  it('and more decimal places than the currency has are refused', () => {
    const typed = { number: '1', account: 'B.HOUSE', amount: '1.5', 'amount.currency': 'JPY' };
    expect(requestOf(fields('ChargeCost'), typed, scales)).toEqual({ errors: { amount: 'Cost is "1.5": JPY has 0 decimal places.' } });
  });

  it('with false where false was chosen', () => {
    expect(requestOf(fields('DecideBuffer'), { released: 'false' }, scales)).toEqual({ request: '{"released":false}' });
    expect(requestOf(fields('DecideBuffer'), {}, scales)).toEqual({ errors: { released: 'The 25 % buffer is needed.' } });
  });

  it('with a list from lines', () => {
    const typed = { nextBusinessDate: '2020-03-17', prices: 'ES 2,750.25\n\n  NQ 8000 ' };
    expect(requestOf(fields('RunSettlementCycle'), typed, scales)).toEqual({
      request: '{"nextBusinessDate":20200317,"prices":[{"instrument":"ES","price":{"mantissa":"275025","exponent":-2}},{"instrument":"NQ","price":{"mantissa":"8000","exponent":0}}]}',
    });
    expect(requestOf(fields('RunSettlementCycle'), { ...typed, prices: 'ES' }, scales)).toEqual({ errors: { prices: 'Settlement prices, line 1 is "ES": instrument price are needed.' } });
  });

  it('with a quantity of whole assets as a count of the smallest fractions', () => {
    const typed = { number: '1', account: 'B.HOUSE', asset: 'BTC', units: '5', proceeds: '500,000', 'proceeds.currency': 'USD' };
    const sold = (units: string, asset = 'BTC', known: Scales = scales) => requestOf(fields('SellAsset'), { ...typed, asset, units }, known);
    expect(sold('5')).toEqual({ request: '{"number":"1","account":"B.HOUSE","asset":"BTC","units":"500000000","proceeds":{"currency":"USD","digits":2,"minor":"50000000"}}' });
    expect(sold('0.00000001')).toEqual({ request: expect.stringContaining('"units":"1"') as string });
    expect(sold('0.000000001')).toEqual({ errors: { units: 'Quantity is "0.000000001": BTC has 8 decimal places.' } });
    expect(sold('1.5', 'T10')).toEqual({ errors: { units: 'Quantity is "1.5": T10 has 0 decimal places.' } });
    expect(sold('92233720368.54775807')).toEqual({ request: expect.stringContaining('"units":"9223372036854775807"') as string });
    expect(sold('92233720369')).toEqual({ errors: { units: 'Quantity is "92233720369": less than 2^63 of the smallest fractions of BTC are allowed.' } });
    expect(sold('5', 'ETH')).toEqual({ errors: { units: 'Quantity cannot be read: there is no security or coin "ETH"; known: BTC, T10.' } });
    expect(sold('5', 'BTC', { currencies: scales.currencies })).toEqual({ errors: { units: 'Quantity cannot be read: the node has not told yet what it counts in. Try again in a moment.' } });
  });

  it("with a recovery in whole minor units of the default's currency", () => {
    const recovered = (number: string, amount: string) => requestOf(fields('RecordRecovery'), { number, amount }, scales);
    expect(recovered('1', '1,025.00')).toEqual({ request: '{"number":"1","amount":"102500"}' });
    expect(recovered('2', '1025')).toEqual({ request: '{"number":"2","amount":"1025"}' });
    expect(recovered('2', '1025.5')).toEqual({ errors: { amount: 'Recovered is "1025.5": JPY has 0 decimal places.' } });
    expect(recovered('3', '1')).toEqual({ errors: { amount: 'Recovered cannot be read: there is no default "3"; known: 1, 2.' } });
  });

  it('with a proposal that can never be taken as an approval', () =>
    expect(requestOf(fields('DecideDefault'), { number: '1', action: 'ACTION_TEAR_UP' }, scales)).toEqual({ request: '{"number":"1","action":"ACTION_TEAR_UP","step":"DECISION_STEP_PROPOSE"}' }));

  it.each(['ConfirmMark', 'DropMark'])('with the held price that was read: %s', (method) => {
    expect(requestOf(fields(method), { instrument: 'ES', price: '5,900.25' }, scales)).toEqual({ request: '{"instrument":"ES","price":{"mantissa":"590025","exponent":-2}}' });
    expect(requestOf(fields(method), { instrument: 'ES' }, scales)).toEqual({ errors: { price: 'Held price is needed.' } });
  });

  it.each([
    ['4,990.25', '4990.25'],
    ['−0.50', '-0.50'],
    ['.5', '0.5'],
    ['007', '7'],
    ['0', '0'],
  ])('with a price in text as the node reads it: %s', (price, text) => {
    const typed = { number: '1', account: 'B.HOUSE', instrument: 'ES', lots: '-2', price, counterparty: 'A.HOUSE' };
    expect(requestOf(fields('Hedge'), typed, scales)).toEqual({ request: `{"number":"1","account":"B.HOUSE","instrument":"ES","lots":"-2","price":"${text}","counterparty":"A.HOUSE"}` });
    expect(requestOf(fields('Hedge'), { ...typed, price: '1,5' }, scales)).toEqual({ errors: { price: 'Price is "1,5": a decimal number such as 1,234.50 is needed.' } });
  });

  it('and names every field that is missing', () => expect(requestOf(fields('PortAccount'), { number: 'x' }, scales)).toEqual({
    errors: { number: 'Default number is "x": a whole number is needed.', account: 'Account is needed.', member: 'To member is needed.' },
  }));
});

describe('JSON that is typed goes as it is', () => {
  it('if it is an object', () => expect(jsonOf(' {"a": 1} ')).toEqual({ request: '{"a": 1}' }));
  it('and not if a number in it cannot be shown exactly', () => expect(jsonOf('{"minor": 9007199254740993}')).toEqual({ errors: { json: 'minor is too large for a number in JSON: write it as text, such as "9007199254740993".' } }));
  it('or if it is something else', () => expect(Object.keys(jsonOf('[1]'))).toEqual(['errors']));
});
