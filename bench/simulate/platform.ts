/** @connections of one account: posts take a while, a gone connection answers 410, and above the account's rate the answer is 429. */
import type {
  ApiGatewayManagementApiClient,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { numberOfConnection, type Population } from './population';
import type { Processor } from './processor';
import { type Duration, drawTime, type Random } from './random';
import { createTokenBucket } from './token-bucket';
import type { VirtualClock } from './virtual-clock';

/** Requests a second per account and region: API Gateway's quota. */
export const ACCOUNT_RATE = 10_000;

/** Requests that may arrive at once after a pause. Less than AWS allows, which only makes it harder. */
export const ACCOUNT_BURST = 500;

/** Of a call. */
export const POST_LATENCY: Duration = { least: 8, mean: 15 };

export interface Platform {
  /** The SDK's client of one task: its processor signs the requests one after another. */
  clientFor(processor: Processor): ApiGatewayManagementApiClient;
  tally: PlatformTally;
}

export interface PlatformTally {
  /** Posts that were not throttled, including those to gone connections. */
  accepted: number;
  /** Posts that were answered 429. */
  throttled: number;
  /** Posts that were answered 410. */
  gone: number;
  /** Checks whether a connection is open, including throttled ones. */
  asked: number;
}

export function createPlatform(clock: VirtualClock, population: Population, random: Random): Platform {
  const tally: PlatformTally = { accepted: 0, throttled: 0, gone: 0, asked: 0 };
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

  /** Not a message, so it is not charged; but a request, so it counts towards the account's rate. */
  async function get(connectionId: string): Promise<void> {
    const isTaken = account.take(1);
    await clock.sleep(drawTime(random, POST_LATENCY));
    tally.asked += 1;
    if (!isTaken) throw named('LimitExceededException');
    if (population.isGone(numberOfConnection(connectionId))) throw named('GoneException');
  }

  const calls = new Map([
    ['PostToConnectionCommand', post],
    ['GetConnectionCommand', get],
  ]);

  return {
    tally,
    clientFor(processor) {
      const client = {
        async send({ constructor: { name }, input }: PostToConnectionCommand | GetConnectionCommand) {
          const call = calls.get(name);
          if (!call) throw new Error(`the simulated platform has no ${name}`);
          await processor.work();
          await call(String(input.ConnectionId));
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
