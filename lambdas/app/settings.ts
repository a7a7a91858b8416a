/**
 * Settings of your own code: environment variables of `npm start`, and `--context NAME=value` of `cdk deploy`. Handlers read the values
 * from `context.settings`. For secrets use `context.secret(name)`.
 */
import type { AppSetting } from '../ports/app';

export const settings = {
  // GREETING: { default: 'Hello', pattern: /^.{1,100}$/, allowed: 'a text of 1 to 100 characters' },
} satisfies Record<string, AppSetting>;
