/** One question to a back end: how long it may take, and when it is asked again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type RequestInit, fetch as undiciFetch } from 'undici';
import { statusOf } from './model-error';
import type { ModelSettings } from './model-settings';

/** Milliseconds that a back end may be silent. The reply's own limit comes first: its error says more. */
export function patienceOf({ seconds }: Pick<ModelSettings, 'seconds'>): number {
  return (seconds + 1) * 1_000;
}

/** A fetch that waits that long. Node's own gives up after 300 seconds without a byte. */
export function patientFetch(settings: Pick<ModelSettings, 'seconds'>): typeof globalThis.fetch {
  const patience = patienceOf(settings);
  const dispatcher = new Agent({ headersTimeout: patience, bodyTimeout: patience });
  const fetch = (url: string, init?: RequestInit) => undiciFetch(url, { ...init, dispatcher });
  return fetch as unknown as typeof globalThis.fetch;
}

/** Milliseconds before each further try. */
const WAITS = [1_000, 3_000];

/** Statuses of an endpoint that has not begun to answer: throttled, or overloaded. */
const REFUSED: ReadonlySet<unknown> = new Set([429, 503]);

/** Asks again only if the endpoint refused. After any other failure it may have made the answer, and a second one costs as much. */
export async function askUntilAccepted<Answer>(ask: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const wait = WAITS[tries];
      if (wait === undefined || !REFUSED.has(statusOf(error))) throw error;
      await sleep(wait, undefined, { signal });
    }
  }
}
