/** A local stub of Lambda's API for the SDK client: asynchronous invocations, which start tasks. */
import { json } from 'node:stream/consumers';
import type { Task, Tasks } from '../../lambdas/ports/tasks';
import { type LoopbackServer, serveOnLoopback } from './loopback-server';

/**
 * @param functions  names of existing functions; others are not found, as on AWS
 * @param tasks      runs the invocation after the call has been answered
 * @param accessKeyId  that must sign the calls
 */
export function startLambdaEndpoint(
  functions: readonly string[],
  tasks: Tasks,
  accessKeyId: string,
): Promise<LoopbackServer> {
  return serveOnLoopback(accessKeyId, async (request, response) => {
    const [, name = ''] = request.url?.match(/^\/2015-03-31\/functions\/([^/]+)\/invocations$/) ?? [];
    const task = (await json(request)) as Task;
    if (!functions.includes(decodeURIComponent(name)) || request.headers['x-amz-invocation-type'] !== 'Event') {
      response.setHeader('x-amzn-errortype', 'ResourceNotFoundException');
      return response.writeHead(404, { 'content-type': 'application/json' }).end('{"Message":"Function not found"}');
    }
    await tasks.start(task);
    response.writeHead(202).end();
  });
}
