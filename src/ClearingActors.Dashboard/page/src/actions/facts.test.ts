import { expect, it } from 'vitest';
import { factsOf } from './facts';

it('shows every field of a request, amounts exactly', () => {
  const request = {
    account: 'A.HOUSE',
    amount: { mantissa: '-9007199254740993', exponent: -2 },
    proceeds: { currency: 'USD', digits: 2, minor: '4912050' },
    released: false,
    nextBusinessDate: 20200317,
    counterpartyClient: '',
    prices: [{ instrument: 'ES', price: { mantissa: '275025', exponent: -2 } }],
  };
  expect(factsOf(request)).toEqual([
    { name: 'Account', value: 'A.HOUSE' },
    { name: 'Amount', value: '−90,071,992,547,409.93' },
    { name: 'Proceeds', value: '49,120.50 USD' },
    { name: 'Released', value: 'no' },
    { name: 'Next business date', value: '2020-03-17' },
    { name: 'Prices 1, instrument', value: 'ES' },
    { name: 'Prices 1, price', value: '2,750.25' },
  ]);
});

it('gives an amount beside a currency its digits', () => {
  expect(factsOf({ currency: 'USD', amount: { mantissa: '125', exponent: -1 } }, { USD: 2 })[1]).toEqual({ name: 'Amount', value: '12.50' });
  expect(factsOf({ currency: 'USD', amount: { mantissa: '12345', exponent: -3 } }, { USD: 2 })[1]).toEqual({ name: 'Amount', value: '12.345' });
});

it('marks what is too long for a line', () => expect(factsOf({ terms: '{\n}' })).toEqual([{ name: 'Terms', value: '{\n}', long: true }]));
