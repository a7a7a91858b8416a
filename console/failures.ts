/** Counts the failed calls of this page, for the samples of the last hour. */
import { ApiError } from './api';

let failed = 0;

/** Counts the outcome of a call of this page. A call that the key may not make does not count as failed. */
export function countFailure(error: unknown): ApiError {
  const apiError = error instanceof ApiError ? error : new ApiError(0, String(error));
  if (apiError.status !== 401 && apiError.status !== 403) failed += 1;
  return apiError;
}

/** Failed calls since the last reading. */
export function takeFailures(): number {
  const count = failed;
  failed = 0;
  return count;
}
