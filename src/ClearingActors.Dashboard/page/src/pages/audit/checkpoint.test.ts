import { describe, expect, it } from 'vitest';
import { parseCheckpoint, turnsOf } from './checkpoint';

const text = `clearing checkpoint 1
journal 0f8fad5b-d9cb-469f-a165-70867728950e
generation 1
number 17
time 1700000000000000000
previous 5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328
key 76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef
receipts 6226 40ec94876c8ab232320bd5ce534f745cdc6d1dc2a101af92a5ab59174bb02f10
shards 2
0 82 9da78b7e27e9db40b14303c68659cd9e963c57f491f2b385644171ee48115f2f
1 5 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
signature XicguxyFz32hLyFb==
`;

describe('a checkpoint', () => {
  it('is read as it is written', () => {
    const checkpoint = parseCheckpoint(text);
    expect([checkpoint.number, checkpoint.time, checkpoint.receipts, checkpoint.nextKey]).toEqual(['17', '1700000000000000000', '6226', '']);
    expect(checkpoint.shards.map((s) => s.turns)).toEqual(['82', '5']);
    expect(turnsOf(checkpoint)).toBe(87n);
  });
  it('is refused when it is something else, or not whole', () => {
    expect(() => parseCheckpoint('clearing checkpoint 2\n')).toThrow('no checkpoint that this page knows');
    expect(() => parseCheckpoint(text.replace(/^key .*\n/m, ''))).toThrow('no line "key"');
    expect(() => parseCheckpoint(text.replace(/^1 5 .*\n/m, ''))).toThrow('says 2 shards and has 1');
  });
});
