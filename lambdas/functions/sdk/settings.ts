/**
 * Stands for the SDK's own look-up of settings (region, retries, endpoints) in the bundles: each is in the environment or
 * has its default. The SDK would read files in `~/.aws` too, which Lambda does not have, and make an error for each setting
 * that is in neither: at each start, and again with the first event.
 */

// @ts-expect-error: the original, by its path, as this file has taken its name; there are no types at that place.
export * from '../../../node_modules/@smithy/core/dist-es/submodules/config/index.js';

/** Where a setting is, and what it is where it is not given. The SDK names the place in files as well. */
interface Source<Value> {
  environmentVariableSelector(environment: NodeJS.ProcessEnv, options: LookUpOptions): Value | undefined;
  default: Value | (() => Value | Promise<Value>);
}

interface LookUpOptions {
  signingName?: string;
}

export function loadConfig<Value>(source: Source<Value>, options: LookUpOptions = {}): () => Promise<Value> {
  return async () => source.environmentVariableSelector(process.env, options) ?? defaultOf(source);
}

function defaultOf<Value>({ default: value }: Source<Value>): Value | Promise<Value> {
  return value instanceof Function ? value() : value;
}

/** Always `legacy`, which the SDK takes where nobody asks for other defaults; `AWS_DEFAULTS_MODE` is not looked at. */
export function resolveDefaultsModeConfig(): () => Promise<string> {
  return async () => 'legacy';
}
