/**
 * The last step of bundling. esbuild keeps code that might have side effects, which includes the tables of every call that an SDK client
 * could make. swc finds that they have none and drops them.
 */
import { minifySync } from '@swc/core';

/**
 * @param bundle  CommonJS whose top-level names nothing else uses
 */
export function minified(bundle: string): string {
  // ASCII only, like esbuild's output: a single other character would double the memory that Node needs for the source.
  const format = { comments: false, asciiOnly: true } as const;
  return minifySync(bundle, { compress: true, mangle: true, toplevel: true, format }).code;
}
