/** @connections of one account: posts take a while, one that is gone is 410, and above the account's rate the answer is 429. */
import type { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { numberOfConnection, type Population } from './population';
import type { Processor } from './processor';
import { type Duration, drawTime, type Random } from './random';
import { createTokenBucket } from './token-bucket';
import type { VirtualClock } from './virtual-clock';

/** Requests a second of an account and region: API Gateway's quota. */
export const ACCOUNT_RATE = 10_000;

/** Requests that may come at once after a pause. Less than AWS gives, which only makes it harder. */
export const ACCOUNT_BURST = 500;

/** Of a post. */
export const POST_LATENCY: Duration = { least: 8, mean: 15 };

export interface Platform {
  /** As the SDK's client, for a task: its processor signs each request, one after another. */
  clientFor(processor: Processor): ApiGatewayManagementApiClient;
  tally: { accepted: number; throttled: number; gone: number };
}

export function createPlatform(clock: VirtualClock, population: Population, random: Random): Platform {
  const tally = { accepted: 0, throttled: 0, gone: 0 };
  const account = createTokenBucket(clock, ACCOUNT_RATE, ACCOUNT_BURST);

  async function post(connectionId: string): Promise<void> {
    const isTaken = account.take(1);
    await clock.sleep(drawTime(random, POST_LATENCY));
    if (!isTaken) {
      tally.throttled += 1;
      throw named('LimitExceededException');
    }
    tally.accepted += 1;
    const number = numberOfConnection(connectionId);
    if (population.isGone(number)) {
      tally.gone += 1;
      throw named('GoneException');
    }
    population.receive(number);
  }

  return {
    tally,
    clientFor(processor) {
      const client = {
        async send({ input }: PostToConnectionCommand) {
          await processor.work();
          await post(String(input.ConnectionId));
          return {};
        },
      };
      return client as unknown as ApiGatewayManagementApiClient;
    },
  };
}

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}
