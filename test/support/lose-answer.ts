/** What an SDK client does if the response to a successful call is lost. */

/** The part of an SDK client that has its middleware. */
interface Client {
  // biome-ignore lint/suspicious/noExplicitAny: each client types its middleware by its own commands
  middlewareStack: { add(middleware: any, options: object): void };
}

/**
 * Loses the next response, so that the SDK repeats its call.
 * @param skipped  responses that arrive before
 * @returns the number of responses, including the lost one
 */
export function loseNextAnswer(client: Client, skipped = 0): () => number {
  let answers = 0;
  client.middlewareStack.add(
    (next: (args: unknown) => Promise<unknown>) => async (args: unknown) => {
      const result = await next(args);
      answers += 1;
      if (answers === skipped + 1) throw Object.assign(new Error('no answer'), { name: 'TimeoutError' });
      return result;
    },
    { step: 'deserialize', priority: 'high' },
  );
  return () => answers;
}
