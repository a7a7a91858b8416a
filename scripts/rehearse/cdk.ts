/** Runs the CDK's own command against a stand-in, as a person would. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command';
import { ACCOUNT, REGION, type StandIn } from './stand-in';
import type { Template } from './stand-in-template';

const ROOT = join(__dirname, '../..');
const CDK = join(ROOT, 'node_modules/aws-cdk/bin/cdk');

export interface Deployed {
  /** The stack's outputs by name. */
  outputs: Readonly<Record<string, string>>;
  /** Number of resources per type. */
  resources: ReadonlyMap<string, number>;
}

export interface Cdk {
  /**
   * @param options  for the command, such as `--context auth=none`
   */
  synth(options: readonly string[]): Promise<void>;
  /** Changes the templates of all stacks. @param change  gets the folder with the assets too */
  changeTemplates(change: (template: Template, assembly: string) => Template): Promise<void>;
  bootstrap(): Promise<void>;
  deploy(): Promise<Deployed>;
  /** Turns off termination protection first, as a person would have to. */
  destroy(): Promise<void>;
}

/**
 * @param folder  for the files that it writes
 */
export function createCdk({ environment }: StandIn, folder: string, signal: AbortSignal): Cdk {
  const assembly = join(folder, 'cdk.out');
  const outputsFile = join(folder, 'outputs.json');
  const env = { ...environment, CDK_DISABLE_CLI_TELEMETRY: 'true' };

  async function cdk(...args: string[]): Promise<void> {
    await runCommand(process.execPath, [CDK, '--no-notices', '--ci', ...args], { cwd: ROOT, env, signal });
  }

  async function readJson(path: string) {
    return JSON.parse(await readFile(path, 'utf8'));
  }

  async function deployAll(): Promise<void> {
    await cdk('deploy', '--all', '--app', assembly, '--require-approval', 'never', '--outputs-file', outputsFile);
  }

  /** Like deploying with termination_protection=no, but without another synthesis. */
  async function unprotect(): Promise<void> {
    const path = join(assembly, 'manifest.json');
    const manifest = await readJson(path);
    for (const { properties } of Object.values<{ properties?: { terminationProtection?: boolean } }>(
      manifest.artifacts,
    )) {
      if (properties?.terminationProtection) properties.terminationProtection = false;
    }
    await writeFile(path, JSON.stringify(manifest));
    await deployAll();
  }

  return {
    async synth(options) {
      await cdk('synth', '--quiet', '--output', assembly, ...options);
    },
    async changeTemplates(change) {
      for (const name of await readdir(assembly)) {
        if (!name.endsWith('.template.json')) continue;
        const path = join(assembly, name);
        await writeFile(path, JSON.stringify(change(await readJson(path), assembly)));
      }
    },
    async bootstrap() {
      await cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`, '--app', assembly);
    },
    async deploy() {
      await deployAll();
      const [outputs = {}] = Object.values<Deployed['outputs']>(await readJson(outputsFile));
      const template = await readJson(join(assembly, 'Switchboard.template.json'));
      const resources = new Map<string, number>();
      for (const { Type } of Object.values<{ Type: string }>(template.Resources)) {
        resources.set(Type, (resources.get(Type) ?? 0) + 1);
      }
      return { outputs, resources };
    },
    async destroy() {
      await unprotect();
      await cdk('destroy', '--all', '--app', assembly, '--force');
    },
  };
}
