/**
 * Calls of `POST /send_message`, handled as on AWS, in their own process: the SDK checks errors with `instanceof`, which fails between
 * Jest's realm and Node's. The environment has the addresses of the stores and `@connections`; the clients come as JSON on stdin; the
 * outcome of each call goes to stdout.
 */
import { text } from 'node:stream/consumers';
import * as aws from '../../lambdas/aws/dependencies';
import { variable } from '../../lambdas/aws/environment';
import { create } from '../../lambdas/http/push';
import { newUuid, systemClock } from '../../lambdas/ports/runtime';
import { createMemoryAnswers } from '../../local/memory/memory-answers';

export interface PushOutcome {
  clientId: string;
  content: string;
  status: number;
}

/** Number of concurrent calls. */
const AT_A_TIME = 50;

/** Milliseconds by which this process's clock is ahead: a 410 is only believed for a connection older than a minute. */
const AHEAD = 120_000;

async function main(): Promise<void> {
  const { env } = process;
  const own = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const [accessKeyId = '', secretAccessKey = ''] = variable(env, 'CONNECTIONS_CREDENTIALS').split(':');
  const context: aws.FunctionContext = {
    environment: env,
    dynamoDb: { ...own, endpoint: variable(env, 'DYNAMODB_ENDPOINT') },
    management: { region: 'local', credentials: { accessKeyId, secretAccessKey } },
  };
  const errors = new Map<string, number>();
  const handle = create({
    clients: aws.clients(context),
    history: aws.history(context),
    answers: createMemoryAnswers({ clock: systemClock }),
    broadcasts: aws.broadcasts(context),
    groups: aws.groups(context),
    presence: aws.presence(context),
    presenceGroups: [],
    connections: aws.connections(context),
    tasks: { async start() {} },
    accessControl: false,
    clock: { ...systemClock, now: () => Date.now() + AHEAD },
    newId: newUuid,
    log: {
      debug() {},
      info() {},
      warn() {},
      error: (event, cause) => errors.set(`${event}: ${cause}`, (errors.get(`${event}: ${cause}`) ?? 0) + 1),
    },
  });
  const clientIds: string[] = JSON.parse(await text(process.stdin));
  const outcomes: PushOutcome[] = [];
  const total = Number(variable(env, 'PUSHES'));
  let next = 0;

  async function caller(): Promise<void> {
    while (next < total) {
      const number = next++;
      const clientId = clientIds[number % clientIds.length] as string;
      const content = `push ${number}`;
      const body = JSON.stringify({ client_id: clientId, content });
      const headers = { 'content-type': 'application/json' };
      const { statusCode: status = 0 } = await handle({ routeKey: 'POST /send_message', headers, body } as never);
      outcomes.push({ clientId, content, status });
    }
  }

  await Promise.all(Array.from({ length: AT_A_TIME }, caller));
  for (const [error, count] of errors) process.stderr.write(`${count} x ${error}\n`);
  process.stdout.write(JSON.stringify(outcomes), () => process.exit(0)); // the SDK's sockets would keep it running for a while
}

void main();
