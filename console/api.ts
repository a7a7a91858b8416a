/** Calls the HTTP API with the key of this tab. */
import { signal } from '@preact/signals';
import { parseJson } from '../lambdas/protocol/json';

/** A failed call. The message is for people: the server's text if it answered. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  /** @param status  0 without an answer */
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const KEY = 'switchboard.api-key';

/** `needed`: the server requires a key. `refused`: it rejects this one. */
export const access = signal<'open' | 'needed' | 'refused'>('open');

/** Counts the keys of this tab. What one key has read must not be shown with another. */
export const keyChanges = signal(0);

/** Only for this tab, until it is closed. */
export function setKey(key: string): void {
  sessionStorage.setItem(KEY, key);
  keyChanges.value += 1;
  access.value = 'open';
}

export function hasKey(): boolean {
  return sessionStorage.getItem(KEY) !== null;
}

export function forgetKey(): void {
  sessionStorage.removeItem(KEY);
  keyChanges.value += 1;
  access.value = 'needed';
}

/**
 * @param path  relative, because a proxy may have added a prefix
 * @param body  JSON text: a number that a double cannot hold passes as it was typed
 * @throws ApiError
 */
export async function call<Answer>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: string): Promise<Answer> {
  const keyBefore = keyChanges.peek();
  const headers = { ...keyHeader(), ...(body !== undefined && { 'content-type': 'application/json' }) };
  const response = await fetch(path, { method, headers, body }).catch(() => undefined);
  if (!response) throw new ApiError(0, 'No answer from the server.');
  const text = await response.text();
  if (keyChanges.peek() !== keyBefore) throw new ApiError(401, 'The key has been changed.');
  if (response.ok) return text === '' ? (undefined as Answer) : (parseJson(text) as Answer);
  const { detail, message } = refusalOf(text);
  // A 403 with a detail is about the call: the key is valid, but may not make this call.
  if (response.status === 401 || (response.status === 403 && detail === undefined)) {
    access.value = hasKey() ? 'refused' : 'needed';
  }
  throw new ApiError(response.status, detail ?? message ?? `The server answered ${response.status}.`);
}

/** A call with a streaming answer, until `signal` aborts. @throws without an answer */
export function openStream(path: string, signal: AbortSignal): Promise<Response> {
  return fetch(path, { headers: keyHeader(), signal });
}

function keyHeader(): Record<string, string> {
  const key = sessionStorage.getItem(KEY);
  return key === null ? {} : { authorization: `Bearer ${key}` };
}

/** Problem details, or a platform's own error. */
function refusalOf(text: string): { detail?: string; message?: string } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Hidden tabs make no calls, because each call costs money on AWS. */
function isWatched(): boolean {
  return document.visibilityState === 'visible' && access.value === 'open';
}

/** Each runs at once. */
const waiting = new Set<() => void>();

function wake(): void {
  if (isWatched()) for (const goOn of [...waiting]) goOn();
}

document.addEventListener('visibilitychange', wake);
access.subscribe(wake);

export interface Repeated {
  /** Runs it again at once, if the tab is visible. */
  soon(): void;
  stop(): void;
}

/**
 * Repeats an action while the tab is visible and the server accepts its key.
 * @param pauseAfter  milliseconds from the end of one run to the start of the next
 */
export function repeat(pauseAfter: () => number, work: () => Promise<void>): Repeated {
  let isStopped = false;
  let isWanted = false;
  let goOn = () => {};
  /** Ends early when the tab becomes visible, or gets a key. */
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
      isWanted = true; // it is running, not waiting
      goOn();
    },
    stop() {
      isStopped = true;
    },
  };
}
