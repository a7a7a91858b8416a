/** The part of AWS Secrets Manager that the unmodified SDK client needs, on a free loopback port: two calls, over real HTTP. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface FakeSecretsManager {
  url: string;
  /** The content of each secret, by ARN. */
  secrets: Map<string, string>;
  /** The calls so far, in order: `GetSecretValue arn:…`. */
  calls: string[];
  stop(): Promise<void>;
}

export async function startSecretsManager(): Promise<FakeSecretsManager> {
  const secrets = new Map<string, string>();
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    const [, name = ''] = String(request.headers['x-amz-target']).split('.');
    const { SecretId: arn, SecretString: text } = (await json(request)) as Record<string, string>;
    calls.push(`${name} ${arn}`);
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    if (arn === undefined || !secrets.has(arn)) {
      const Message = "Secrets Manager can't find the specified secret.";
      return answer(400, { __type: 'ResourceNotFoundException', Message });
    }
    if (name === 'PutSecretValue' && text !== undefined) secrets.set(arn, text);
    return answer(200, { ARN: arn, Name: arn, ...(name === 'GetSecretValue' && { SecretString: secrets.get(arn) }) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secrets,
    calls,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
