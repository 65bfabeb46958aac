import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { atMost, within } from './patience';

/** Never answers; ends when its signal does, as fetch. */
const silent = (signal: AbortSignal) => new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('what is asked of the node', () => {
  it('ends in time with words for people', async () => {
    await expect(within(20, undefined, silent)).rejects.toThrow('The node has not answered within 0.02 s');
  });

  it('ends when it is given up, as that', async () => {
    const given = new AbortController();
    const asked = within(60_000, given.signal, silent);
    given.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is answered, or fails in its own words', async () => {
    expect(await within(60_000, undefined, () => Promise.resolve('yes'))).toBe('yes');
    await expect(within(60_000, undefined, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });
});

describe('a wait without a signal', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('ends in time', async () => {
    const waited = expect(atMost(10_000, new Promise(() => undefined))).rejects.toThrow('no answer within 10 s');
    await vi.advanceTimersByTimeAsync(10_000);
    await waited;
  });

  it('leaves no timer behind an answer', async () => {
    expect(await atMost(10_000, Promise.resolve(1))).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
