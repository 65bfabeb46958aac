import { createContext, useContext } from 'react';
import { readPatience, within } from './patience';

export type Role = 'viewer' | 'operator' | 'riskmanager' | 'auditor';

/** What the node says of this browser's session. Without a name nobody is signed in. */
export interface Session {
  name: string;
  roles: Role[];
  forgeryToken: string;
  node: string;
  build: string;
  /** Digits of the minor unit by currency code. */
  currencies: Record<string, number>;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The session that the page has now; calls carry its token. */
let current = { name: '', forgeryToken: '' };

export async function fetchSession(): Promise<Session> {
  return within(readPatience, undefined, async (signal) => {
    const response = await fetch('/api/session', { cache: 'no-store', signal });
    if (!response.ok) throw await errorOf(response);
    const session = (await response.json()) as Session;
    current = session;
    return session;
  });
}

/** The node's words for a token that is not this session's: somebody has signed in in another tab since. */
const foreignToken = "does not carry this session's token";

/** Sends something in the name of who is signed in. Another session of the same person, begun in another tab, is taken over; another person's is not. */
export async function post(path: string, body: string, signal?: AbortSignal): Promise<Response> {
  try {
    return await send(path, body, signal);
  } catch (e) {
    if (!(e instanceof ApiError && e.status === 400 && e.message.includes(foreignToken))) throw e;
  }
  const before = current;
  if ((await fetchSession()).name === before.name) return send(path, body, signal);

  // Until the page has changed, what is still sent is refused.
  current = before;
  sessionEnded();
  throw new ApiError(401, 'This session has ended: sign in again. Nothing was done.');
}

async function send(path: string, body: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Forgery-Token': current.forgeryToken },
    body,
    signal,
  });
  if (!response.ok) {
    if (response.status === 401) sessionEnded();
    throw await errorOf(response);
  }
  return response;
}

/** Has the page look who is signed in now. */
export function sessionEnded() {
  window.dispatchEvent(new Event('session-ended'));
}

async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text();
  let message = text || `the node answered ${response.status}`;
  try {
    message = (JSON.parse(text) as { error?: string }).error ?? message;
  } catch {
    // Not JSON: the text itself is all there is to show.
  }
  return new ApiError(response.status, message);
}

export const SessionContext = createContext<Session | null>(null);

/** Who is signed in; pages are shown to nobody else. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('a page is shown without a session');
  return session;
}

export function useHasRole(...any: Role[]): boolean {
  const { roles } = useSession();
  return any.some((role) => roles.includes(role));
}
