/**
 * `npm run test:nodes`: runs the conformance suite in memory, server and tests, on every other supported Node version. The binaries come
 * from npm and stay in .cache/, outside package.json and package-lock.json. A version that can't be installed is SKIPPED; with
 * `REQUIRE_NODES=1` it is a failure.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Major versions: the oldest that `engines` allows, one in between, and Lambda's. */
const VERSIONS = ['20', '22', '24'];
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const CACHE = join(ROOT, '.cache');

/**
 * @returns the path of the binary, or the reason why there is none
 */
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
      // The package downloads its binary in an install script, which this machine's npm configuration may disable.
      execFileSync('npm', ['install', ...options, '--ignore-scripts=false', `node@${major}`], { stdio: 'pipe' });
    } catch (error) {
      return { reason: String(error.stderr ?? '').trim() || error.message };
    }
  }
  return existsSync(path) ? { path } : { reason: `the package node@${major} has no bin/node` };
}

/**
 * @returns the output, and whether the suite passed
 */
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
    return `this is the current Node (${process.version}); npm test runs the suite on it`;
  const { path, reason } = nodeOf(major);
  if (path === undefined) {
    if (process.env.REQUIRE_NODES !== '1') return `SKIPPED: ${reason}`;
    process.exitCode = 1;
    return `FAILED: REQUIRE_NODES is set, but ${reason}`;
  }
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
