import { expect, it } from 'vitest';
import { lagText } from './lag';

const at = (seconds: number) => `${seconds}000000000`;

it('says how old a list is that is behind', () => {
  expect(lagText({ version: '7', at: at(100) }, { version: '9', at: at(106) })).toBe('The list is 6 s older than the sums of the members.');
  expect(lagText({ version: '7', at: at(100) }, { version: '9', at: at(104) })).toBe('');
});

it('says nothing of a list in which nothing has changed', () => expect(lagText({ version: '7', at: at(100) }, { version: '7', at: at(500) })).toBe(''));
