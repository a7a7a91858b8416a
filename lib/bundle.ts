/** A function's bundle without a synthesis, the same to the byte: for what measures bundles, and for what runs them in tests. */
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { bundlingOf, REPLACED } from './bundling';
import type { Entry } from './entries';
import { minified } from './minified';

const ROOT = join(__dirname, '..');

export interface Bundle {
  /** What Lambda loads. */
  text: string;
  /** Bytes by input file, before the last step. */
  inputs: Metafile['outputs'][string]['inputs'];
}

export async function bundle(entry: Entry): Promise<Bundle> {
  const { mainFields, target, minify } = bundlingOf(entry);
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [`lambdas/functions/${entry}.ts`],
    bundle: true,
    write: false,
    outfile: 'index.js',
    metafile: true,
    platform: 'node',
    format: 'cjs',
    legalComments: 'none',
    mainFields,
    target,
    minify,
    alias: REPLACED,
  });
  const [{ inputs } = { inputs: {} }] = Object.values(metafile.outputs);
  return { text: minified(outputFiles[0]?.text ?? ''), inputs };
}
