/** Public keys of an OpenID issuer: found by discovery, cached, and refreshed at a limited rate. */
import { createLocalJWKSet } from 'jose/jwks/local';
import type { Clock, Log } from '../ports/runtime';
import { isJsonObject, type JsonObject } from '../protocol/json';
import { isSafeUrl } from './oidc-settings';

/** Milliseconds after which keys are refreshed. A key that the issuer withdrew is accepted no longer than that, except in an outage. */
const MAX_AGE = 600_000;

/**
 * Milliseconds that keys stay valid while the issuer is unavailable. Tokens older than a day are rejected, so the keys outlive every
 * token issued before the outage.
 */
const MAX_AGE_IN_OUTAGE = 86_400_000;

/** Minimum milliseconds between two reads, so that forged tokens cannot trigger more. */
const MIN_INTERVAL = 5_000;

/** Milliseconds for each of the two requests; API Gateway allows an authorizer 10 seconds. */
const REQUEST_TIMEOUT = 3_000;

/** Maximum bytes of an answer. Issuers send a few thousand. */
const MAX_ANSWER_BYTES = 1_048_576;

export type KeySet = ReturnType<typeof createLocalJWKSet>;

export interface IssuerKeys {
  /** The cached keys, refreshed if they are old. @throws Error  if there are none */
  get(): Promise<KeySet>;
  /** For a token with an unknown key. Returns the same object if the keys were read a moment ago. @throws Error */
  refresh(): Promise<KeySet>;
}

export interface IssuerKeysDependencies {
  issuer: string;
  clock: Clock;
  log: Log;
}

export function createIssuerKeys({ issuer, clock, log }: IssuerKeysDependencies): IssuerKeys {
  let held: { keys: KeySet; readAt: number } | undefined;
  let triedAt: number | undefined;
  let reading: Promise<void> | undefined;
  let isDown = false;

  async function read(): Promise<void> {
    const readAt = clock.now();
    triedAt = readAt;
    try {
      held = { keys: createLocalJWKSet(await fetchKeys()), readAt };
      if (isDown) log.info('oidc_issuer_available', { issuer });
      isDown = false;
    } catch (error) {
      isDown = true;
      log.warn('oidc_issuer_unavailable', { issuer, reason: reasonOf(error), keys: held ? 'kept' : 'none' });
    }
  }

  async function fetchKeys() {
    const metadata = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (metadata.issuer !== issuer) throw new Error('discovery names another issuer');
    const { jwks_uri: address } = metadata;
    if (typeof address !== 'string' || !isSafeUrl(address)) throw new Error('discovery document has no https jwks_uri');
    return (await fetchJson(address)) as unknown as Parameters<typeof createLocalJWKSet>[0];
  }

  /** One read at a time, shared by all callers. Does nothing if the last read was too recent. */
  async function readAgain(): Promise<void> {
    const isNear = triedAt !== undefined && Math.abs(clock.now() - triedAt) < MIN_INTERVAL;
    if (!reading && isNear) return;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    await reading;
  }

  function inHand(): KeySet {
    if (held && Math.abs(clock.now() - held.readAt) < MAX_AGE_IN_OUTAGE) return held.keys;
    throw new Error(`the OpenID issuer ${issuer} is not available, and none of its keys are known`);
  }

  return {
    async get() {
      const isFresh = held && Math.abs(clock.now() - held.readAt) < MAX_AGE;
      const othersWait = held && reading; // one connection waits for the refresh, the others use the cached keys
      if (!isFresh && !othersWait) await readAgain();
      return inHand();
    },
    async refresh() {
      await readAgain();
      return inHand();
    },
  };
}

async function fetchJson(url: string): Promise<JsonObject> {
  const response = await fetch(url, {
    redirect: 'manual', // do not follow redirects away from the configured address
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT),
  });
  if (response.status !== 200) throw new Error(`status ${response.status}`);
  const value: unknown = JSON.parse(await textOf(response));
  if (!isJsonObject(value)) throw new Error('the response is not a JSON object');
  return value;
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`);
  }
  return Buffer.concat(chunks).toString();
}

/** `fetch failed` is useless; its cause has the reason. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : message;
}
