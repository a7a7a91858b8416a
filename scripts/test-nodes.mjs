/**
 * `npm run test:nodes`: the conformance suite in memory, server and tests, on each other Node that this project is for. Binaries
 * come from npm and stay in .cache/; neither package.json nor package-lock.json knows of them.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Major versions: the oldest that `engines` allows, the one between, and the one of Lambda. */
const VERSIONS = ['20', '22', '24'];
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const CACHE = join(ROOT, '.cache');

/** @returns the binary, or why there is none */
function nodeOf(major) {
  const folder = join(CACHE, `node-${major}`);
  const path = join(folder, 'node_modules/node/bin/node');
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const options = [
      '--prefix',
      folder,
      '--no-save',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ];
    try {
      // The package fetches its binary in a script, which a configuration of this machine may forbid.
      execFileSync('npm', ['install', ...options, '--ignore-scripts=false', `node@${major}`], { stdio: 'pipe' });
    } catch (error) {
      return { reason: String(error.stderr ?? '').trim() || error.message };
    }
  }
  return existsSync(path) ? { path } : { reason: `the package node@${major} brought no bin/node` };
}

/** @returns what it printed, whether it passed or not */
function runSuite(node) {
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  const options = { cwd: ROOT, maxBuffer: 2 ** 28 };
  return new Promise((resolve) => {
    execFile(node, [jest, '--ci', 'test/e2e/memory'], options, (error, stdout, stderr) => {
      resolve({ passed: !error, stdout, stderr });
    });
  });
}

async function run(major) {
  if (process.versions.node.split('.')[0] === major)
    return `this is it (${process.version}); npm test runs the suite on it`;
  const { path, reason } = nodeOf(major);
  if (path === undefined) return `SKIPPED: ${reason}`;
  const { passed, stdout, stderr } = await runSuite(path);
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
  const count = stdout.match(/^\d+ passed, \d+ failed, \d+ skipped$/m)?.[0] ?? 'no test ran';
  if (passed) return `${version}: ${count}`;
  process.stderr.write(`${stdout}${stderr}`);
  process.exitCode = 1;
  return `${version}: FAILED, ${count}`;
}

const results = await Promise.all(VERSIONS.map(run));
for (const [index, result] of results.entries()) console.log(`Node ${VERSIONS[index]}: ${result}`);
