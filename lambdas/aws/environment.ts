/** What a function is told by its environment: the variables that the stack sets on it. */
import type { TaskName } from '../ports/tasks';

/** As `process.env`; each function has those that it needs, and no other. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error  so that a function without a variable fails at its start, not at its first event */
export function variable(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

/** The variable that names the function of a task: `WELCOME_FUNCTION`. */
export function taskVariable(task: TaskName): string {
  return `${task.toUpperCase()}_FUNCTION`;
}

/** The variable that holds the ARN of a secret of the team's own code: `SECRET_OPENAI_API_KEY`. */
export function secretVariable(name: string): string {
  return `SECRET_${name}`;
}
