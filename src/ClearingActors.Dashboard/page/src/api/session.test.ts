import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError, fetchSession, post } from './session';

/** What the page sends, in order: the path, and the token for what is posted. */
let sent: string[];
let session: { name: string; forgeryToken: string };
let refusals: number;
let ended: number;

beforeEach(async () => {
  sent = [];
  refusals = 0;
  ended = 0;
  vi.stubGlobal('window', { dispatchEvent: () => ended++ });
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    if (path === '/api/session') return Promise.resolve(new Response(JSON.stringify(session)));
    const token = (init.headers as Record<string, string>)['X-Forgery-Token'];
    sent.push(`${path} ${token}`);
    if (token === session.forgeryToken && refusals-- <= 0) return Promise.resolve(new Response('{}'));
    return Promise.resolve(new Response('{"error":"the request does not carry this session\'s token: load the page again"}', { status: 400 }));
  });
  session = { name: 'operator:ops1', forgeryToken: 'first' };
  await fetchSession();
});

afterEach(() => vi.unstubAllGlobals());

it('sends again once in another session of the same person', async () => {
  session = { name: 'operator:ops1', forgeryToken: 'second' };
  await post('/api/x', '{}');
  expect(sent).toEqual(['/api/x first', '/api/x second']);
  expect(ended).toBe(0);
});

it('sends nothing in the name of somebody else', async () => {
  session = { name: 'operator:ops2', forgeryToken: 'second' };
  await expect(post('/api/x', '{}')).rejects.toMatchObject({ status: 401 });
  expect(sent).toEqual(['/api/x first']);
  expect(ended).toBe(1);
  await expect(post('/api/x', '{}')).rejects.toMatchObject({ status: 401 });
  expect(sent).toEqual(['/api/x first', '/api/x first']);
});

it('does not send a third time', async () => {
  session = { name: 'operator:ops1', forgeryToken: 'second' };
  refusals = 1;
  await expect(post('/api/x', '{}')).rejects.toBeInstanceOf(ApiError);
  expect(sent).toEqual(['/api/x first', '/api/x second']);
});
