/** A local stub of Secrets Manager's API for the SDK client: reads the keys of the local file. */
import { json } from 'node:stream/consumers';
import type { KeySource } from '../../lambdas/ports/key-source';
import { type LoopbackServer, serveOnLoopback } from './loopback-server';

/**
 * @param secrets      by name; others are not found, as on AWS
 * @param accessKeyId  that must sign the calls, because other users of this machine may not read the key file
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
