/** Records the commands that an SDK client sends. */

/** The part of an SDK client that has its middleware. */
interface Client {
  // biome-ignore lint/suspicious/noExplicitAny: each client types its middleware by its own commands
  middlewareStack: { add(middleware: any, options: object): void };
}

/** The names of the commands sent from now on, in order. */
export function recordCommands(client: Client): string[] {
  const commands: string[] = [];
  client.middlewareStack.add(
    (next: (args: unknown) => Promise<unknown>, context: { commandName?: string }) => async (args: unknown) => {
      commands.push(String(context.commandName));
      return next(args);
    },
    { step: 'finalizeRequest' },
  );
  return commands;
}
