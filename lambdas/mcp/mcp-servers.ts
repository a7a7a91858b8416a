/** The setting `MCP_SERVERS`: MCP servers whose tools clients get, each with a URL or, on one machine, a command. */
import * as z from 'zod';

/** A text, or the name of a secret. */
const value = z.union([z.string(), z.strictObject({ secret: z.string().min(1) })]);

const overHttp = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string().regex(/^[\w-]+$/), value).default({}),
});

const asProcess = z.strictObject({
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), value).default({}),
  cwd: z.string().min(1).optional(),
});

export type McpValue = z.output<typeof value>;
export type McpServer = z.output<typeof overHttp> | z.output<typeof asProcess>;

const serverName = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/);

/** Parses the setting into servers by name. */
function serversSetting<Server extends z.ZodType>(server: Server) {
  return z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text === '' ? '{}' : text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(z.record(serverName, server));
}

export const mcpServersSetting = serversSetting(z.union([overHttp, asProcess]));

export type McpServers = z.output<typeof mcpServersSetting>;

/** For a deployment, which cannot run a process that outlives an event. */
export const remoteMcpServersSetting = serversSetting(overHttp);

export type RemoteMcpServers = z.output<typeof remoteMcpServersSetting>;

/** Names of the secrets that a server uses. */
export function secretsOf(server: McpServer): string[] {
  const values = Object.values('url' in server ? server.headers : server.env);
  return values.flatMap((one) => (typeof one === 'string' ? [] : [one.secret]));
}
