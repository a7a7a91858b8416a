/** What an SDK client does when the answer to a call is lost that took effect. */

/** As much of an SDK client as its middleware. */
interface Client {
  // biome-ignore lint/suspicious/noExplicitAny: each client types its middleware by its own commands
  middlewareStack: { add(middleware: any, options: object): void };
}

/** Loses the next answer, so that the SDK sends its call again. @returns how many answers came, the lost one included */
export function loseNextAnswer(client: Client): () => number {
  let answers = 0;
  client.middlewareStack.add(
    (next: (args: unknown) => Promise<unknown>) => async (args: unknown) => {
      const result = await next(args);
      answers += 1;
      if (answers === 1) throw Object.assign(new Error('no answer'), { name: 'TimeoutError' });
      return result;
    },
    { step: 'deserialize', priority: 'high' },
  );
  return () => answers;
}
