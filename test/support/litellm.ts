/** LiteLLM's proxy with a model that always gives the same answer: a third-party endpoint for OpenAI's chat completions. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPython } from '../../scripts/python-environment';
import { NotAvailable } from '../../scripts/rehearse/not-available';
import { freePort } from './free-port';

const CACHE = join(__dirname, '../../.cache/litellm');
const REQUIREMENTS = join(__dirname, 'litellm-requirements.txt');

export interface LiteLlm {
  url: string;
  key: string;
  stop(): Promise<void>;
}

/** @returns undefined, and prints the reason, if this machine cannot install it */
export async function startLiteLlm(answer: string): Promise<LiteLlm | undefined> {
  try {
    const python = await installPython(CACHE, REQUIREMENTS, new AbortController().signal);
    return await start(python, answer);
  } catch (error) {
    if (!(error instanceof NotAvailable) || process.env.REQUIRE_LITELLM === '1') throw error;
    process.stderr.write(`SKIPPED: LiteLLM as the model's endpoint: ${error.message}\n`);
    return undefined;
  }
}

async function start(python: string, answer: string): Promise<LiteLlm> {
  const folder = mkdtempSync(join(tmpdir(), 'litellm-'));
  const model = { model: 'openai/mock', api_key: 'none', mock_response: answer };
  const config = { model_list: [{ model_name: 'mock', litellm_params: model }] };
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config)); // which is also YAML
  const key = `sk-${randomBytes(24).toString('hex')}`;
  const port = await freePort();
  const proxy = spawn(
    join(python, '../litellm'),
    ['--config', 'config.yaml', '--host', '127.0.0.1', '--port', String(port), '--telemetry', 'False'],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, LITELLM_MASTER_KEY: key, LITELLM_LOCAL_MODEL_COST_MAP: 'True' },
      stdio: 'ignore',
    },
  );
  const url = `http://127.0.0.1:${port}`;
  await untilAlive(`${url}/health/liveliness`, proxy);
  return {
    url: `${url}/v1`,
    key,
    async stop() {
      proxy.kill('SIGKILL');
      if (proxy.exitCode === null && proxy.signalCode === null) await once(proxy, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilAlive(url: string, proxy: ChildProcess): Promise<void> {
  for (;;) {
    if (proxy.exitCode !== null) throw new Error(`LiteLLM ended with ${proxy.exitCode}`);
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
