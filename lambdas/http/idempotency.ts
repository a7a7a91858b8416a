/** `Idempotency-Key`: a repeated POST with the same key returns the first answer and does nothing else. */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { AnswersFullError, type KeyedCall } from '../ports/answer-store';
import type { Dependencies } from '../ports/dependencies';
import { uuidOfText } from '../ports/runtime';
import { MAX_IDEMPOTENCY_KEY_LENGTH } from '../protocol/limits';
import { Problem } from '../protocol/problems';
import { FIRST_KEY } from '../protocol/scopes';
import { type Caller, ownerOf } from './caller';
import { invalidRequest } from './json-body';

export type IdempotencyDependencies = Pick<Dependencies, 'answers' | 'newId' | 'log'>;

/** The header of a first answer that is given again. */
export const REPLAYED = 'idempotency-replayed';

type Result = APIGatewayProxyStructuredResultV2;

/**
 * Ids for what a call under a key sends. Each run of the call gets the same: if a run died and another one sends the message again, the
 * client recognizes the duplicate.
 * @param part  distinguishes several messages of one call
 */
export type KeyedIds = (part?: string) => string;

/** Runs a call unless its key already has an answer. No overhead for calls without a key. @throws Problem */
export type OncePerKey = (
  event: APIGatewayProxyEventV2,
  caller: Caller,
  run: (ids?: KeyedIds) => Promise<Result>,
) => Promise<Result>;

export function createIdempotency({ answers, newId, log }: IdempotencyDependencies): OncePerKey {
  /** If the store fails, log it and do not fail the call: it has taken effect, and the caller would repeat it. */
  async function settle(call: KeyedCall, secret: Buffer, result: Result, route: string): Promise<void> {
    try {
      if (isKept(result)) await answers.keep(call, seal(JSON.stringify(result), secret));
      else await answers.release(call);
    } catch (error) {
      log.error('answer_not_kept', error, { route });
    }
  }

  return async function oncePerKey(event, caller, run) {
    const key = keyFrom(event);
    if (key === undefined) return run();
    const { place, secret, seed } = derivedFrom(key, caller);
    const fingerprint = fingerprintOf(event);
    const call: KeyedCall = { key: place, fingerprint, run: newId(), owner: ownerOf(caller) };
    const earlier = await answers.claim(call).catch(refuseIfFull);
    if (!earlier) {
      const result = await run((part) => uuidOfText(JSON.stringify([seed, fingerprint, part])));
      await settle(call, secret, result, event.routeKey);
      return result;
    }
    if (earlier.fingerprint !== call.fingerprint) throw keyReused();
    if (earlier.answer === undefined) throw stillRunning();
    const first: Result = JSON.parse(unseal(earlier.answer, secret));
    return { ...first, headers: { ...first.headers, [REPLAYED]: 'true' } };
  };
}

/** After a server error or a 429, a retry may succeed. */
function isKept({ statusCode = 200 }: Result): boolean {
  return statusCode < 500 && statusCode !== 429;
}

const VISIBLE_ASCII = new RegExp(`^[!-~]{1,${MAX_IDEMPOTENCY_KEY_LENGTH}}$`);

/** @throws Problem */
function keyFrom({ headers }: Pick<APIGatewayProxyEventV2, 'headers'>): string | undefined {
  const key = headers?.['idempotency-key'];
  if (key === undefined || VISIBLE_ASCII.test(key)) return key;
  const message = `Invalid input: expected 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} visible ASCII characters`;
  throw invalidRequest([{ path: 'Idempotency-Key', message }]);
}

/** Hash of the request: route, path, query, and the raw body. */
function fingerprintOf(event: APIGatewayProxyEventV2): string {
  const { routeKey, pathParameters = {}, rawQueryString = '', body = '', isBase64Encoded } = event;
  return createHash('sha256')
    .update(JSON.stringify([routeKey, pathParameters, rawQueryString]))
    .update(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'))
    .digest('base64url');
}

/**
 * The store has neither the caller's key nor a readable answer: the answer's place and encryption key are both derived from the caller's
 * key, one way. So nobody can read a client's token out of the table. The seed of the ids is derived too.
 */
function derivedFrom(key: string, caller: Caller): { place: string; secret: Buffer; seed: string } {
  const salt = namespaceOf(caller);
  const bytes = Buffer.from(hkdfSync('sha256', key, salt, 'switchboard answer', 16 + SECRET_BYTES + 16));
  return {
    place: bytes.subarray(0, 16).toString('hex'),
    secret: bytes.subarray(16, 16 + SECRET_BYTES),
    seed: bytes.subarray(16 + SECRET_BYTES).toString('hex'),
  };
}

/**
 * Each API key has its own namespace: guessing another caller's Idempotency-Key returns nothing. The owner is part of it, because a deleted
 * key's name can pass to another partner.
 */
function namespaceOf(caller: Caller): string {
  const { name } = caller;
  if (name === undefined || name === FIRST_KEY) return '';
  const owner = ownerOf(caller);
  return owner === undefined ? name : `${name} ${owner}`;
}

const CIPHER = 'aes-256-gcm';
const SECRET_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

function seal(text: string, secret: Buffer): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, secret, iv);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
}

function unseal(answer: string, secret: Buffer): string {
  const bytes = Buffer.from(answer, 'base64');
  const decipher = createDecipheriv(CIPHER, secret, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}

/** @throws Problem `unavailable` if there is no room for the key; other errors unchanged */
function refuseIfFull(error: unknown): never {
  if (!(error instanceof AnswersFullError)) throw error;
  const { retryAfterSeconds } = error;
  const detail = `The server cannot store another Idempotency-Key; the next one expires in ${retryAfterSeconds} seconds. The call was not executed.`;
  throw new Problem('unavailable', detail, { headers: { 'retry-after': String(retryAfterSeconds) }, cause: error });
}

function keyReused(): Problem {
  const errors = [{ path: 'Idempotency-Key', message: 'Invalid input: expected a new key for a new call' }];
  const detail = 'Idempotency-Key: already used for a call with another path or body. Use a new key for each new call.';
  return new Problem('idempotency_key_reused', detail, { errors });
}

function stillRunning(): Problem {
  const detail = 'The first call with this Idempotency-Key is still running; retry after 1 second.';
  return new Problem('in_progress', detail, { headers: { 'retry-after': '1' } });
}
