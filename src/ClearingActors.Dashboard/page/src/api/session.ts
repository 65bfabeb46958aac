import { createContext, useContext } from 'react';

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

/** The token of the session that the page has now; calls carry it. */
let forgeryToken = '';

export async function fetchSession(): Promise<Session> {
  const response = await fetch('/api/session', { cache: 'no-store' });
  if (!response.ok) throw await errorOf(response);
  const session = (await response.json()) as Session;
  forgeryToken = session.forgeryToken;
  return session;
}

export async function post(path: string, body: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Forgery-Token': forgeryToken },
    body,
    signal,
  });
  if (!response.ok) {
    if (response.status === 401) window.dispatchEvent(new Event('session-ended'));
    throw await errorOf(response);
  }
  return response;
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
