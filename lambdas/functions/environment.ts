/** What a function is told by its environment: the variables that the stack sets on it. */

/** As `process.env`; each function has those that it needs, and no other. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error  where the stack forgot it: the function then fails at its start, not at its first event */
export function variable(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}
