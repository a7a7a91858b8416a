/**
 * The last step of a bundle. esbuild keeps what could have an effect for all it knows, and so the tables of every call that
 * an SDK client could make; swc finds that they have none and that nobody uses them.
 */
import { minifySync } from '@swc/core';

/** @param bundle  CommonJS: what is at its top level is seen by nobody else */
export function minified(bundle: string): string {
  // Of ASCII alone, as esbuild leaves it: a single other character would double what Node has to hold and to read.
  const format = { comments: false, asciiOnly: true } as const;
  return minifySync(bundle, { compress: true, mangle: true, toplevel: true, format }).code;
}
