/** Tells outages of AWS services from our own mistakes, by the errors that the SDK throws after its retries. */
import { UnavailableError } from '../ports/errors';

/** Names of errors that mean "not now". Names, because classes differ between copies of the SDK. */
const NAMES: ReadonlySet<string> = new Set([
  'InternalServerError',
  'InternalServiceError',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ServiceException',
  'ServiceUnavailable',
  'ThrottlingException',
  'TimeoutError',
  'TooManyRequestsException',
]);

/** Node's error codes for a service that is unreachable or dropped the connection. */
const CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

interface SdkError extends Error {
  code?: unknown;
  $metadata?: { httpStatusCode?: number };
}

export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, code, $metadata } = error as SdkError;
  return NAMES.has(name) || CODES.has(String(code)) || ($metadata?.httpStatusCode ?? 0) >= 500;
}

/**
 * Wraps a port so that its calls throw UnavailableError for an outage; other errors pass through.
 * @param port  an object with its own methods
 */
export function withOutages<Port extends object>(port: Port): Port {
  const guarded = Object.entries(port).map(([name, value]) => [
    name,
    typeof value === 'function' ? guard(value) : value,
  ]);
  return Object.fromEntries(guarded) as Port;
}

function guard(method: (...given: unknown[]) => unknown) {
  return async (...given: unknown[]) => {
    try {
      return await method(...given);
    } catch (error) {
      throw isOutage(error) ? new UnavailableError(error) : error;
    }
  };
}
