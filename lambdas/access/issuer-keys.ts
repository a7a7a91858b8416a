/** The public keys of an OpenID issuer: found by discovery, kept, and read again at a bounded pace. */
import { createLocalJWKSet } from 'jose/jwks/local';
import type { Clock, Log } from '../ports/runtime';
import { isJsonObject, type JsonObject } from '../protocol/json';
import { isSafeUrl } from './oidc-settings';

/** Milliseconds after which keys are read again: a key that the issuer withdrew is good no longer than that. */
const MAX_AGE = 600_000;

/**
 * Milliseconds for which keys are good while the issuer does not answer. No token is taken when it is older than a day, so the keys outlive
 * every token from before the outage.
 */
const MAX_AGE_IN_OUTAGE = 86_400_000;

/** Milliseconds between two reads, whatever tokens ask for: a stranger's inventions must not set the pace. */
const MIN_INTERVAL = 5_000;

/** Milliseconds for each of the two requests; API Gateway gives an authorizer 10 seconds. */
const REQUEST_TIMEOUT = 3_000;

export type KeySet = ReturnType<typeof createLocalJWKSet>;

export interface IssuerKeys {
  /** The keys in hand, read again where they are old. @throws Error  where there are none */
  get(): Promise<KeySet>;
  /** For a token whose key is not in hand: the same object where the keys were read a moment ago. @throws Error */
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
    if (typeof address !== 'string' || !isSafeUrl(address)) throw new Error('discovery has no jwks_uri with https');
    return (await fetchJson(address)) as unknown as Parameters<typeof createLocalJWKSet>[0];
  }

  /** One read at a time, whoever asks. Does nothing where the last one is too near. */
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
      const othersWait = held && reading; // one connection waits for the read, the others go on with what is known
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
    redirect: 'manual', // what stands elsewhere is not what the setting or the issuer named
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT),
  });
  if (response.status !== 200) throw new Error(`status ${response.status}`);
  const value: unknown = await response.json();
  if (!isJsonObject(value)) throw new Error('an answer that is no JSON object');
  return value;
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : message;
}
