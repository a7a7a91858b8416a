/** Calls of the HTTP API, with the key of this tab. */
import { signal } from '@preact/signals';

/** A call that failed. Its message is for people: the server's own words where it answered. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  /** @param status  0 where no answer came */
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const KEY = 'switchboard.api-key';

/** `needed`: the server asks for a key. `refused`: it does not take this one. */
export const access = signal<'open' | 'needed' | 'refused'>('open');

/** Of this tab alone, until it is closed. */
export function setKey(key: string): void {
  sessionStorage.setItem(KEY, key);
  access.value = 'open';
}

export function hasKey(): boolean {
  return sessionStorage.getItem(KEY) !== null;
}

export function forgetKey(): void {
  sessionStorage.removeItem(KEY);
  access.value = 'needed';
}

/**
 * @param path  relative, because a proxy may have put something before it
 * @param body  JSON text: a number that a double cannot hold passes as it was typed
 * @throws ApiError
 */
export async function call<Answer>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: string): Promise<Answer> {
  const headers = { ...keyHeader(), ...(body !== undefined && { 'content-type': 'application/json' }) };
  const response = await fetch(path, { method, headers, body }).catch(() => undefined);
  if (!response) throw new ApiError(0, 'No answer from the server.');
  const text = await response.text();
  if (response.ok) return text === '' ? (undefined as Answer) : JSON.parse(text);
  const { detail, message } = refusalOf(text);
  // A 403 with a detail is about the call: the key is a good one, and may not make it.
  if (response.status === 401 || (response.status === 403 && detail === undefined)) {
    access.value = hasKey() ? 'refused' : 'needed';
  }
  throw new ApiError(response.status, detail ?? message ?? `The server answered ${response.status}.`);
}

/** A call whose answer goes on until `signal`. @throws where no answer came */
export function openStream(path: string, signal: AbortSignal): Promise<Response> {
  return fetch(path, { headers: keyHeader(), signal });
}

function keyHeader(): Record<string, string> {
  const key = sessionStorage.getItem(KEY);
  return key === null ? {} : { authorization: `Bearer ${key}` };
}

/** Problem details, or what a platform says that answers by itself. */
function refusalOf(text: string): { detail?: string; message?: string } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Nothing of a tab that nobody looks at: each call has a price on AWS. */
function isWatched(): boolean {
  return document.visibilityState === 'visible' && access.value === 'open';
}

/** Each goes on at once. */
const waiting = new Set<() => void>();

function wake(): void {
  if (isWatched()) for (const goOn of [...waiting]) goOn();
}

document.addEventListener('visibilitychange', wake);
access.subscribe(wake);

export interface Repeated {
  /** Does it again at once, if the tab is visible. */
  soon(): void;
  stop(): void;
}

/**
 * Does something again and again while the tab is visible and the server takes its key.
 * @param pauseAfter  milliseconds from the end of one time to the next
 */
export function repeat(pauseAfter: () => number, work: () => Promise<void>): Repeated {
  let isStopped = false;
  let isWanted = false;
  let goOn = () => {};
  /** Ends early where the tab is seen again, or has a key. */
  const pause = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(() => goOn(), milliseconds);
      goOn = () => {
        clearTimeout(timer);
        waiting.delete(goOn);
        resolve();
      };
      waiting.add(goOn);
    });
  async function run(): Promise<void> {
    while (!isStopped) {
      isWanted = false;
      if (isWatched()) await work();
      if (!isWanted) await pause(pauseAfter());
    }
  }
  void run();
  return {
    soon() {
      isWanted = true; // where it is being done, and does not wait
      goOn();
    },
    stop() {
      isStopped = true;
    },
  };
}
