/** The settings of the team's own code. */
import type { FunctionContext } from './function-context';

export function appSettings({ environment, app }: FunctionContext): Readonly<Record<string, string>> {
  const settings = Object.entries(app?.settings ?? {});
  return Object.fromEntries(settings.map(([name, { default: value }]) => [name, environment[name] ?? value]));
}
