/**
 * `npm run lint:templates`: checks two templates, of the default stack and of one with all settings turned on, with cfn-lint, which knows
 * the allowed values of each property. Installs cfn-lint in `.cache/cfn-lint/`; prints SKIPPED if Python or the package is not available.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { readSettings } from '../lib/read-settings';
import { SwitchboardStack } from '../lib/switchboard-stack';
import { CommandError, runCommand } from './rehearse/command';
import { NotAvailable, orNotAvailable } from './rehearse/not-available';

const ROOT = join(__dirname, '..');
const CACHE = join(ROOT, '.cache/cfn-lint');
const VERSION = '1.58.0';
const LIMIT_MINUTES = 15;

const signal = AbortSignal.timeout(LIMIT_MINUTES * 60_000);

async function install(): Promise<string> {
  const command = join(CACHE, 'bin/cfn-lint');
  const whole = join(CACHE, VERSION); // written last: marks the installation as complete
  if (existsSync(whole)) return command;
  rmSync(CACHE, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  const options = { env: process.env, signal };
  const venv = runCommand(process.env.PYTHON ?? 'python3', ['-m', 'venv', CACHE], options);
  await orNotAvailable('cannot create a Python virtual environment', venv);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', `cfn-lint==${VERSION}`];
  await orNotAvailable('cannot install the package', runCommand(join(CACHE, 'bin/python'), pip, options));
  writeFileSync(whole, '');
  return command;
}

/** Without bundling the code, which is slow and which cfn-lint does not look at. */
function synthesize(outdir: string, settings: Record<string, string>): string {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
  const app = new App({ outdir, context: { ...context, ...settings, 'aws:cdk:bundling-stacks': [] } });
  const stack = new SwitchboardStack(app, 'Switchboard', { settings: readSettings(app.node.getAllContext()) });
  app.synth();
  return join(outdir, stack.templateFile);
}

async function main(): Promise<void> {
  const cfnLint = await install();
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-templates-'));
  try {
    const all = JSON.parse(readFileSync(join(ROOT, 'scripts/rehearse/all-settings.json'), 'utf8'));
    const certificate_arn = 'arn:aws:acm:us-east-1:123456789012:certificate/0f0a1b2c-1111-2222-3333-444455556666';
    const domains = { websocket_domain: 'ws.example.com', http_domain: 'api.example.com', certificate_arn };
    const events = { events: 'all', event_contents: 'yes', event_queue: 'yes' };
    const templates = [
      synthesize(join(folder, 'default'), {}),
      synthesize(join(folder, 'all'), { ...all, ...domains, ...events }),
    ];
    await runCommand(cfnLint, ['--non-zero-exit-code', 'warning', '--', ...templates], {
      cwd: ROOT,
      env: process.env,
      signal,
    });
    console.log(
      `cfn-lint ${VERSION}: ${templates.length} templates, no errors, and no warnings without a reason in .cfnlintrc.yaml.`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: Error) => {
  if (error instanceof NotAvailable) {
    console.log(`SKIPPED: cfn-lint is not available; ${error.message}`);
    return;
  }
  console.error(error instanceof CommandError ? error.output : error);
  process.exitCode = 1;
});
