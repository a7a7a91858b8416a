/** The OpenID issuer of `oidc-program.mjs`, as tests use it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export type OidcIssuer = Awaited<ReturnType<typeof startOidcIssuer>>;

export const AUDIENCE = 'urn:switchboard:test';

/** @param port  any if omitted */
export async function startOidcIssuer(port = 0) {
  const child = fork(join(__dirname, 'oidc-program.mjs'), [String(port)], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the issuer ended: ${said}`);
  });
  ended.catch(() => {}); // including when it stops
  const [{ issuer }] = (await Promise.race([once(child, 'message'), ended])) as [{ issuer: string }];
  let orders = 0;

  // biome-ignore lint/suspicious/noExplicitAny: each order has a result of its own
  async function order(name: string, value?: unknown): Promise<any> {
    const id = orders++;
    const done = new Promise((resolve) => {
      const take = (message: { id: number; result: unknown }) => {
        if (message.id !== id) return;
        child.off('message', take);
        resolve(message.result);
      };
      child.on('message', take);
    });
    child.send({ id, order: name, value });
    return Promise.race([done, ended]);
  }

  return {
    issuer,
    rotate: () => order('rotate'),
    down: () => order('down'),
    /** A token as an OAuth client gets it. */
    async token({ clientId = 'device-1', audience = AUDIENCE, claims = {}, secondsOff = 0 } = {}): Promise<string> {
      await order('claims', claims);
      await order('clock', secondsOff);
      const answer = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${clientId}:secret-of-a-test`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience, scope: 'connect' }),
      });
      const body = (await answer.json()) as { access_token?: string };
      if (body.access_token === undefined) throw new Error(`no token: ${JSON.stringify(body)}`);
      return body.access_token;
    },
    async stop() {
      child.kill('SIGKILL');
      await ended.catch(() => {});
    },
  };
}
