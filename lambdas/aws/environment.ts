/** Environment variables that the stack sets on functions. */
import type { TaskName } from '../ports/tasks';

/** Like `process.env`; each function has only the variables that it needs. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @throws Error  so that a function with a missing variable fails at its start, not at its first event
 */
export function variable(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

/** Name of the variable with a task's function: `WELCOME_FUNCTION`. */
export function taskVariable(task: TaskName): string {
  return `${task.toUpperCase()}_FUNCTION`;
}

/** Name of the variable with the ARN of one of the team's secrets: `SECRET_OPENAI_API_KEY`. */
export function secretVariable(name: string): string {
  return `SECRET_${name}`;
}
