/**
 * `npm run rehearse`: a full deployment on a stand-in for AWS. Starts MiniStack on loopback, synthesizes the real stack, adapts the
 * template for the stand-in, deploys it with the CDK's own command, runs the end-to-end suite on the deployed URLs, and destroys
 * everything. Every call that a function makes is checked against its role's policies, and grants that no call used are found. Options go
 * to `cdk synth`: `npm run rehearse -- --context auth=none`; `--settings FILE` reads them from a JSON file, and
 * `scripts/rehearse/all-settings.json` turns on everything that works here. `--only PATTERN` runs a part of the suite. The functions get
 * the tests' app instead of the team's. Needs Python, pip and openssl; prints SKIPPED if they are missing, and fails if REQUIRE_REHEARSAL is
 * 1. Exits with 1 if anything fails.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port';
import { showApiKey } from './api-key';
import { createCdk, type Deployed } from './cdk';
import { createCertificate } from './certificate';
import { notRehearsed, patchDifferences, templateDifferences } from './differences';
import { faultsOfGrants } from './grants';
import { installStandIn, STAND_IN_VERSION } from './install';
import { NotAvailable } from './not-available';
import { readOptions } from './options';
import { section, step } from './progress';
import { type StandIn, startStandIn } from './stand-in';
import { templateForStandIn } from './stand-in-template';
import { runSuite } from './suite';
import { bundleTestsApp } from './tests-app';

/** Three times the usual duration on a busy machine. */
const LIMIT_MINUTES = 30;

async function main(signal: AbortSignal): Promise<void> {
  console.log(`Rehearsing the deployment on MiniStack ${STAND_IN_VERSION} instead of AWS.\n`);
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-rehearsal-'));
  try {
    const python = await step('Installing the stand-in in .cache/ministack', () => installStandIn(signal));
    const certificate = await createCertificate(folder, signal);
    const patches = patchDifferences.map(({ patch }) => patch);
    const standIn = await step('Starting it', () => startStandIn({ python, folder, certificate, patches, signal }));
    try {
      await rehearse(standIn, folder, signal);
    } catch (error) {
      section('Last lines of the log of the stand-in', [standIn.log()]);
      throw error;
    } finally {
      await step('Stopping the stand-in', standIn.stop);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function rehearse(standIn: StandIn, folder: string, signal: AbortSignal): Promise<void> {
  const changes = templateDifferences.map(({ change }) => change);
  const cdk = createCdk(standIn, folder, signal);
  const oidcPort = await freePort();
  const options = readOptions(process.argv.slice(2), `http://127.0.0.1:${oidcPort}`);
  await step('cdk synth', () => cdk.synth(options.synth));
  await cdk.changeTemplates((template, assembly) => {
    bundleTestsApp(template, assembly);
    return templateForStandIn(template, standIn.endpoint, changes);
  });
  await step('cdk bootstrap', cdk.bootstrap);
  const { outputs } = await step('cdk deploy', cdk.deploy, describeResources);
  const { WebSocketUrl = '', HttpUrl = '', EventQueue = '' } = outputs;
  console.log(`  clients connect to ${WebSocketUrl}\n  services call ${HttpUrl}`);
  const key = await keyFor(outputs, standIn, signal);
  const target = {
    E2E_WS_URL: WebSocketUrl,
    E2E_HTTP_URL: HttpUrl,
    E2E_REHEARSAL: '1',
    E2E_EVENT_QUEUE: EventQueue,
    ...(options.hasIssuer && { E2E_OIDC_PORT: String(oidcPort) }),
    ...key,
  };
  const suite = await step(
    'The end-to-end suite on those URLs',
    () => runSuite({ target, only: options.only, standIn, folder, signal }),
    ({ count }) => count,
  );
  await step('cdk destroy', cdk.destroy);
  section('What ran', table(suite.passed));
  section('Differences between the stand-in and AWS, and how they are handled', [
    ...templateDifferences.map(({ difference, change }) => `${change} (changed in the template): ${difference}`),
    ...patchDifferences.map(({ difference, patch }) => `${patch} (patched in the stand-in): ${difference}`),
  ]);
  section('Not rehearsed', notRehearsed);
  console.log(`\nThe suite on the deployed stack: ${suite.count}.`);
  const isWhole = options.only === undefined && !options.isChanged;
  const faults = [...suite.faults, ...faultsOfGrants(standIn.grantsFile, isWhole)];
  if (faults.length > 0) throw new Error(faults.join('\n\n'));
}

type Variables = Readonly<Record<string, string>>;

/** The API key, if the deployment has one: with auth=none there is no output for it. */
async function keyFor(outputs: Variables, standIn: StandIn, signal: AbortSignal): Promise<Variables> {
  const { Step1ApiKey, ApiKeySecret = '' } = outputs;
  if (Step1ApiKey === undefined) return {};
  return { E2E_API_KEY: await step('npm run keys', () => showApiKey(ApiKeySecret, standIn, signal)) };
}

function describeResources({ resources }: Deployed): string {
  const all = [...resources.values()].reduce((sum, count) => sum + count, 0);
  return `${all} resources, ${resources.get('AWS::Lambda::Function')} of them functions`;
}

function table(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].map(([name, count]) => `${String(count).padStart(4)}  ${name}`);
}

const end = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => end.abort(new Error('Interrupted.')));
const tooLong = new Error(`It took more than ${LIMIT_MINUTES} minutes.`);
setTimeout(() => end.abort(tooLong), LIMIT_MINUTES * 60_000).unref();

main(end.signal).catch((error: Error) => {
  if (error instanceof NotAvailable && process.env.REQUIRE_REHEARSAL !== '1') {
    console.log(`\nSKIPPED: no rehearsal, because the stand-in is not available; ${error.message}`);
    return;
  }
  console.error(`\nThe rehearsal FAILED.\n${(end.signal.aborted ? end.signal.reason : error).message}`);
  process.exitCode = 1;
});
