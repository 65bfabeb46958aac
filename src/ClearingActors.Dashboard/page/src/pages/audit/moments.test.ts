import { describe, expect, it } from 'vitest';
import { aboutWhen, difference, parseMoment } from './moments';

describe('a typed moment', () => {
  it('is UTC, and a date means its end', () => {
    expect(parseMoment('2020-03-16 14:03:22')).toBe(1584367402000000000n);
    expect(parseMoment('2020-03-16T14:03:22.5Z')).toBe(1584367402500000000n);
    expect(parseMoment('2020-03-16 14:03')).toBe(1584367380000000000n);
    expect(parseMoment('2020-03-16')).toBe(1584403199999999999n);
    expect(parseMoment(' 1584367402000000000 ')).toBe(1584367402000000000n);
  });
  it('is refused where there is no such time', () => {
    for (const wrong of ['', 'now', '2020-02-30', '2020-13-01', '2020-03-16 25:00', '2020-03-16 14:61', '16.3.2020']) expect(parseMoment(wrong), wrong).toBeUndefined();
  });
});

describe('about when a turn was recorded', () => {
  const points = [
    { turn: '1', recordedTime: '1000', businessTime: '10' },
    { turn: '11', recordedTime: '2000', businessTime: '10' },
    { turn: '12', recordedTime: '9000', businessTime: '20' },
  ];
  it('lies between samples in proportion, and never outside', () => {
    expect(aboutWhen(points, 6)).toBe(1500n);
    expect(aboutWhen(points, 11)).toBe(2000n);
    expect(aboutWhen(points, 0)).toBe(1000n);
    expect(aboutWhen(points, 99)).toBe(9000n);
    expect(aboutWhen(points, 12, 'businessTime')).toBe(20n);
    expect(aboutWhen([], 5)).toBe(0n);
  });
});

describe('a difference of decimals', () => {
  it('is exact beyond what floating point holds', () => {
    expect(difference({ mantissa: '9007199254740993', exponent: -2 }, { mantissa: '9007199254740992', exponent: -2 })).toEqual({ mantissa: '1', exponent: -2 });
    expect(difference({ mantissa: '1', exponent: 0 }, { mantissa: '1', exponent: -3 })).toEqual({ mantissa: '999', exponent: -3 });
    expect(difference(undefined, { mantissa: '1', exponent: 0 })).toBeUndefined();
  });
});
