import { HubConnection, HubConnectionBuilder, HubConnectionState, LogLevel, type ISubscription } from '@microsoft/signalr';
import { useCallback, useSyncExternalStore } from 'react';
import { atMost, readPatience } from './patience';
import type { Method, Request, Response } from './rpc';

/** What the page knows of its connection to the node. */
export type ConnectionState = 'connecting' | 'live' | 'lost';

/** The newest answer of a read that is followed. */
export interface Live<T> {
  value?: T;
  /** Why there is no answer, or why the last is old; empty if nothing is wrong. */
  error: string;
}

interface Update {
  value?: unknown;
  error?: string;
}

/** The node says something every two seconds; after so long without a word the connection counts as lost. */
const serverTimeout = 6000;

/** A read that ended with an error is followed anew after so long. */
const again = 3000;

/** The hub's words for a session that was ended in another tab, or has run out. */
const endedElsewhere = 'The session has ended';

const nothing: Live<never> = { error: '' };

/** A read that somebody on this page follows. One stream for all of them. */
class Followed {
  readonly listeners = new Set<() => void>();
  current: Live<unknown> = nothing;
  private stream?: ISubscription<Update>;
  private timer?: number;

  constructor(
    readonly method: string,
    readonly request: string,
    readonly milliseconds: number,
  ) {}

  start(hub: HubConnection) {
    this.stop();
    this.stream = hub.stream<Update>('Follow', this.method, this.request, this.milliseconds).subscribe({
      next: (update) => this.set(update.error ? { value: this.current.value, error: update.error } : { value: update.value, error: '' }),
      error: (e: Error) => {
        this.set({ value: this.current.value, error: e.message.replace(/^.*HubException: /, '') });
        window.clearTimeout(this.timer);
        if (e.message.includes(endedElsewhere)) {
          // A connection keeps the session that it was opened with: the next has that of now, if there is one.
          void hub.stop();
          return;
        }
        this.timer = window.setTimeout(() => {
          if (this.listeners.size > 0 && hub.state === HubConnectionState.Connected) this.start(hub);
        }, again);
      },
      complete: () => undefined,
    });
  }

  stop() {
    window.clearTimeout(this.timer);
    this.stream?.dispose();
    this.stream = undefined;
  }

  private set(next: Live<unknown>) {
    this.current = next;
    this.listeners.forEach((listener) => listener());
  }
}

/** The page's connection: it comes back by itself, for as long as it takes, and then follows what it followed. */
class LiveConnection {
  private readonly followed = new Map<string, Followed>();
  private readonly stateListeners = new Set<() => void>();
  private hub?: HubConnection;
  private attempt = 0;
  private timer?: number;
  private ended = true;
  state: ConnectionState = 'connecting';
  /** When it was lost, milliseconds; 0 while it is there. */
  lostAt = 0;

  open() {
    if (!this.ended) return;
    this.ended = false;
    void this.connect();
  }

  close() {
    this.ended = true;
    window.clearTimeout(this.timer);
    this.followed.forEach((f) => f.stop());
    void this.hub?.stop();
    this.hub = undefined;
    this.setState('connecting');
  }

  follow(key: string, method: string, request: string, milliseconds: number, listener: () => void): () => void {
    let followed = this.followed.get(key);
    if (!followed) {
      followed = new Followed(method, request, milliseconds);
      this.followed.set(key, followed);
      if (this.hub?.state === HubConnectionState.Connected) followed.start(this.hub);
    }
    const found = followed;
    found.listeners.add(listener);
    return () => {
      found.listeners.delete(listener);
      if (found.listeners.size === 0) {
        // Later, since React leaves and follows again when a page changes.
        window.setTimeout(() => {
          if (found.listeners.size === 0 && this.followed.get(key) === found) {
            this.followed.delete(key);
            found.stop();
          }
        }, 50);
      }
    };
  }

  current(key: string): Live<unknown> {
    return this.followed.get(key)?.current ?? nothing;
  }

  onState = (listener: () => void) => {
    this.stateListeners.add(listener);
    return () => this.stateListeners.delete(listener);
  };

  private async connect() {
    const hub = new HubConnectionBuilder().withUrl('/live').withServerTimeout(serverTimeout).configureLogging(LogLevel.None).build();
    hub.onclose(() => this.lost(hub));
    this.hub = hub;
    try {
      await atMost(readPatience, hub.start());
      if (this.hub !== hub || this.ended) {
        await hub.stop();
        return;
      }
      this.attempt = 0;
      this.lostAt = 0;
      this.setState('live');
      window.dispatchEvent(new Event('live-connected'));
      this.followed.forEach((f) => f.start(hub));
    } catch {
      // Told by the state, which the page shows; the next attempt follows.
      this.lost(hub);
      void hub.stop();
    }
  }

  private lost(hub: HubConnection) {
    if (this.hub !== hub || this.ended) return;
    this.hub = undefined;
    if (this.lostAt === 0) this.lostAt = Date.now() - serverTimeout;
    this.setState('lost');
    // A second or so, five at the most: the page is needed most when the node has just come back.
    const wait = Math.min(500 * 2 ** this.attempt++, 5000) * (0.75 + Math.random() / 2);
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.connect(), wait);
    window.dispatchEvent(new Event('live-lost'));
  }

  private setState(state: ConnectionState) {
    if (this.state === state) return;
    this.state = state;
    this.stateListeners.forEach((listener) => listener());
  }
}

export const connection = new LiveConnection();

export function useConnection(): ConnectionState {
  return useSyncExternalStore(connection.onState, () => connection.state);
}

/** Follows a read: its newest answer, at most every so many milliseconds (200 at the least). */
export function useLive<M extends Method>(method: M, request: Request<M>, milliseconds = 1000): Live<Response<M>> {
  const text = JSON.stringify(request);
  const key = `${milliseconds} ${method} ${text}`;
  const subscribe = useCallback((listener: () => void) => connection.follow(key, method, text, milliseconds, listener), [key, method, text, milliseconds]);
  return useSyncExternalStore(subscribe, () => connection.current(key)) as Live<Response<M>>;
}
