/** The part of Secrets Manager's API that reads a secret, for the SDK client, on loopback: the keys of the local file. */
import { json } from 'node:stream/consumers';
import type { KeySource } from '../../lambdas/ports/key-source';
import { type LoopbackServer, serveOnLoopback } from './loopback-server';

/**
 * @param secrets      by name; any other is not found, as on AWS
 * @param accessKeyId  with which calls have to be signed: among the programs of the machine are some of users who may not read the key file
 */
export function startSecretsEndpoint(
  secrets: Readonly<Record<string, KeySource>>,
  accessKeyId: string,
): Promise<LoopbackServer> {
  return serveOnLoopback(accessKeyId, async (request, response) => {
    const { SecretId: name = '' } = (await json(request)) as { SecretId?: string };
    const keys = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    const isRead = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (!isRead || !keys) {
      return response.writeHead(400).end(JSON.stringify({ __type: 'ResourceNotFoundException', Message: 'not found' }));
    }
    response.end(JSON.stringify({ Name: name, SecretString: JSON.stringify(await keys.get()) }));
  });
}
