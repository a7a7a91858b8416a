/**
 * `npm run bench:coldstart`: each function's bundle, what it contains, how long a new Node process takes to load it compared with an empty
 * function, and what each measure against size gains. `--write` renews docs/coldstart.md. Run `npm run synth` first. Measures the Node that
 * it runs on; for Lambda's version, `npx -p node@24 npm run bench:coldstart`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NoBundlesError, readBundles } from './bundles';
import { type LoadTime, measureLoads } from './load-times';
import { writeVariants } from './measures';
import { reportOf } from './report';

const ROUNDS = 31;

async function main(): Promise<void> {
  const bundles = await readBundles();
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-'));
  const emptyPath = join(folder, 'empty.js');
  writeFileSync(emptyPath, 'exports.handler = async () => {};\n');
  try {
    const variants = writeVariants(folder);
    const paths = [emptyPath, ...[...bundles, ...variants].map(({ path }) => path)];
    const [empty, ...times] = measureLoads(paths, ROUNDS, (round) => {
      if (process.stderr.isTTY) process.stderr.write(`\rround ${round} of ${ROUNDS} `);
    });
    if (process.stderr.isTTY) process.stderr.write('\r');
    const text = reportOf(bundles, variants, times, empty as LoadTime, ROUNDS);
    process.stdout.write(text);
    if (process.argv.includes('--write')) writeFileSync(join(__dirname, '../../docs/coldstart.md'), text);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main().catch((error) => {
  process.stderr.write(error instanceof NoBundlesError ? `${error.message}\n` : `${error?.stack}\n`);
  process.exit(1);
});
