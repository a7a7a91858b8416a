/** Bundles the console and the page at /docs for browsers. */
import { join } from 'node:path';
import type { BuildOptions } from 'esbuild';

/** For esbuild, which makes `console.js`, `docs.js`, `page.css` (of /docs) and `style.css`. @param root  folder of the repository */
export function consoleBuild(root: string) {
  const folder = join(root, 'console');
  return {
    entryPoints: {
      console: join(folder, 'main.tsx'),
      docs: join(folder, 'docs.tsx'),
      page: join(folder, 'docs.css'),
      style: join(folder, 'styles.css'),
    },
    outdir: folder,
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
  } as const satisfies BuildOptions;
}
