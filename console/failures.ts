/** Counts the failed calls of this page, for the samples of the last hour. */
import { ApiError } from './api';

let failed = 0;

/** Counts what a call of this page ended with. A call that the key may not make is no failure. */
export function countFailure(error: unknown): ApiError {
  const apiError = error instanceof ApiError ? error : new ApiError(0, String(error));
  if (apiError.status !== 401 && apiError.status !== 403) failed += 1;
  return apiError;
}

/** Failed calls since the last time it was asked. */
export function takeFailures(): number {
  const count = failed;
  failed = 0;
  return count;
}
