/** Resolves secrets in an MCP server's headers or variables. */
import type { Secrets } from '../ports/secrets';
import type { McpValue } from './mcp-servers';

/**
 * @throws Error if a secret is not available
 */
export async function serverValues(
  values: Readonly<Record<string, McpValue>>,
  secrets: Secrets,
): Promise<Record<string, string>> {
  const read = async (value: McpValue) => (typeof value === 'string' ? value : await secrets.get(value.secret));
  const entries = Object.entries(values).map(async ([name, value]) => [name, await read(value)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
