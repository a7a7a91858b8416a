/** Headers or variables of an MCP server, with the secrets that they name. */
import type { Secrets } from '../ports/secrets';
import type { McpValue } from './mcp-servers';

/** @throws Error for a secret that cannot be had */
export async function serverValues(
  values: Readonly<Record<string, McpValue>>,
  secrets: Secrets,
): Promise<Record<string, string>> {
  const read = async (value: McpValue) => (typeof value === 'string' ? value : await secrets.get(value.secret));
  const entries = Object.entries(values).map(async ([name, value]) => [name, await read(value)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
