/** Why a back end gave no answer. Never contains keys, prompts or answers, and no text from the endpoint, which may quote them. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}

/**
 * @param backend  such as `the model's endpoint`
 */
export function modelErrorFrom(error: unknown, backend: string): ModelError {
  if (error instanceof ModelError) return error;
  const answered = statusOf(error);
  if (typeof answered === 'number') return new ModelError(`${backend} answered ${answered}`);
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  const why = [name, code].filter((part) => typeof part === 'string' && /^[\w.]{1,64}$/.test(part)).join(' ');
  return new ModelError(`${backend} failed${why === '' ? '' : `: ${why}`}`);
}

/** The HTTP status in an error of OpenAI's SDK or AWS's. */
export function statusOf(error: unknown): unknown {
  const { status, $metadata } = (error ?? {}) as { status?: unknown; $metadata?: { httpStatusCode?: unknown } };
  return status ?? $metadata?.httpStatusCode;
}
