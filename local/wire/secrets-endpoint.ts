/** As much of Secrets Manager's API as reads a secret, for the unchanged SDK client, on loopback: the keys of the local file. */
import { json } from 'node:stream/consumers';
import type { KeySource } from '../../lambdas/access/keys';
import { type LoopbackServer, serveOnLoopback } from './loopback-server';

/**
 * @param secrets      by name; any other is not found, as on AWS
 * @param accessKeyId  that a call has to be signed with: every program of the machine reaches loopback, also those of users who
 *   may not read the file of the keys
 */
export function startSecretsEndpoint(
  secrets: Readonly<Record<string, KeySource>>,
  accessKeyId: string,
): Promise<LoopbackServer> {
  return serveOnLoopback(async (request, response) => {
    const { SecretId: name = '' } = (await json(request)) as { SecretId?: string };
    const keys = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    const isRead = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (!request.headers.authorization?.startsWith(`AWS4-HMAC-SHA256 Credential=${accessKeyId}/`)) {
      return response.writeHead(400).end(JSON.stringify({ __type: 'UnrecognizedClientException', Message: 'unknown' }));
    }
    if (!isRead || !keys) {
      return response.writeHead(400).end(JSON.stringify({ __type: 'ResourceNotFoundException', Message: 'not found' }));
    }
    response.end(JSON.stringify({ Name: name, SecretString: JSON.stringify(await keys.get()) }));
  });
}
