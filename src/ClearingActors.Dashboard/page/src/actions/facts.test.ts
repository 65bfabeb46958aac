import { describe, expect, it } from 'vitest';
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
  expect(factsOf({ currency: 'USD', amount: { mantissa: '125', exponent: -1 } }, { currencies: { USD: 2 } })[1]).toEqual({ name: 'Amount', value: '12.50' });
  expect(factsOf({ currency: 'USD', amount: { mantissa: '12345', exponent: -3 } }, { currencies: { USD: 2 } })[1]).toEqual({ name: 'Amount', value: '12.345' });
});

describe('what is counted in smallest fractions', () => {
  const sale = { number: '1', account: 'B.HOUSE', asset: 'BTC', units: '500000000' };
  const recovery = { number: '1', amount: '102500' };
  const defaults = 'clearing.defaults.v1.DefaultService/';
  const scales = { currencies: {}, assets: new Map([['BTC', { name: 'BTC', digits: 8 }]]), defaults: new Map([['1', { name: 'USD', digits: 2 }]]) };

  it('is shown in whole ones with their name', () => {
    expect(factsOf(sale, scales, `${defaults}SellAsset`).at(-1)).toEqual({ name: 'Quantity', value: '5 BTC' });
    expect(factsOf({ ...sale, units: '5' }, scales, `${defaults}SellAsset`).at(-1)).toEqual({ name: 'Quantity', value: '0.00000005 BTC' });
    expect(factsOf(recovery, scales, `${defaults}RecordRecovery`)).toEqual([
      { name: 'Number', value: '1' },
      { name: 'Recovered', value: '1,025.00 USD' },
    ]);
  });

  it('and says so where the scale is not known', () => {
    expect(factsOf(sale, { currencies: {} }, `${defaults}SellAsset`).at(-1)).toEqual({ name: 'Quantity', value: '500,000,000 of the smallest fractions of BTC' });
    expect(factsOf(recovery, { currencies: {} }, `${defaults}RecordRecovery`).at(-1)).toEqual({ name: 'Recovered', value: '102,500 minor units of the currency of default 1' });
  });
});

it('marks what is too long for a line', () => expect(factsOf({ terms: '{\n}' })).toEqual([{ name: 'Terms', value: '{\n}', long: true }]));
