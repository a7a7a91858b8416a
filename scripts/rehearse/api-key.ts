/** Reads a deployment's API key with the command that the deployment's output shows. */
import { join } from 'node:path';
import { runCommand } from './command';
import type { StandIn } from './stand-in';

const ROOT = join(__dirname, '../..');

/**
 * @param secret  its ARN
 */
export async function showApiKey(secret: string, { environment }: StandIn, signal: AbortSignal): Promise<string> {
  const command = ['--import', 'tsx', 'cli/keys/main.ts', 'show', 'api-key', '--api-key-secret', secret];
  const key = await runCommand(process.execPath, command, { cwd: ROOT, env: environment, signal });
  return key.trim();
}
