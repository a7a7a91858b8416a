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
  const key = sessionStorage.getItem(KEY);
  const headers = {
    ...(key !== null && { authorization: `Bearer ${key}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const response = await fetch(path, { method, headers, body }).catch(() => undefined);
  if (!response) throw new ApiError(0, 'No answer from the server.');
  const text = await response.text();
  if (response.ok) return text === '' ? (undefined as Answer) : JSON.parse(text);
  if (response.status === 401 || response.status === 403) access.value = key === null ? 'needed' : 'refused';
  throw new ApiError(response.status, detailOf(text) ?? `The server answered ${response.status}.`);
}

/** Of problem details, or of a platform that answered by itself. */
function detailOf(text: string): string | undefined {
  try {
    const { detail, message } = JSON.parse(text);
    return detail ?? message;
  } catch {
    return undefined;
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

/**
 * Does something again and again while the tab is visible and the server takes its key, the next time after the last has ended.
 * @returns stops it
 */
export function repeat(milliseconds: number, work: () => Promise<void>): () => void {
  let isStopped = false;
  async function run(): Promise<void> {
    while (!isStopped) {
      if (isWatched()) await work();
      await pause(milliseconds);
    }
  }
  void run();
  return () => {
    isStopped = true;
  };
}

/** Ends early where the tab is seen again, or has a key. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const goOn = () => {
      clearTimeout(timer);
      waiting.delete(goOn);
      resolve();
    };
    const timer = setTimeout(goOn, milliseconds);
    waiting.add(goOn);
  });
}
