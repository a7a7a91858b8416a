/** A broadcast to many connections on a virtual clock, with the code and the adapters that Lambda runs. */

import { createApiGatewayConnections } from '../../lambdas/aws/api-gateway-connections';
import { createDynamoBroadcasts } from '../../lambdas/aws/dynamodb-broadcasts';
import { createDynamoClients } from '../../lambdas/aws/dynamodb-clients';
import { createDynamoGroups } from '../../lambdas/aws/dynamodb-groups';
import { createDynamoHistory } from '../../lambdas/aws/dynamodb-history';
import { createBroadcast, SEGMENTS } from '../../lambdas/broadcasts/broadcast';
import { type BroadcastSummary, summaryOf } from '../../lambdas/broadcasts/broadcast-summary';
import { type BroadcastSegmentTask, create as createBroadcastSegment } from '../../lambdas/broadcasts/segment';
import { EVERYBODY } from '../../lambdas/ports/client-store';
import { isoTime, type Log } from '../../lambdas/ports/runtime';
import { encode, frameOf } from '../../lambdas/protocol/codec';
import { HISTORY_TTL_SECONDS } from '../../lambdas/protocol/limits';
import { newBroadcastPosition } from '../../lambdas/protocol/position';
import { createDatabase, type DatabaseTally } from './database';
import { createFunctions, type FunctionOptions } from './functions';
import { ACCOUNT_BURST, ACCOUNT_RATE, createPlatform, type PlatformTally } from './platform';
import { createPopulation } from './population';
import { createProcessor } from './processor';
import { createRandom } from './random';
import { VirtualClock } from './virtual-clock';

export interface SimulationOptions extends FunctionOptions {
  connections: number;
  seed: number;
  /** Length of the message, in characters. */
  contentLength: number;
  /** Write units a second that DynamoDB accepts before it throttles. */
  tableWritesASecond: number;
}

export interface Simulation {
  options: SimulationOptions;
  summary: BroadcastSummary;
  /** From the call to the last checkpoint. */
  seconds: number;
  /** As many posts as connections, at the account's rate. */
  quotaSeconds: number;
  posts: PlatformTally;
  /** `goneLeft` are sessions that should have been removed; `repeats` are messages that a connection received again. */
  population: { living: number; reached: number; repeats: number; goneLeft: number };
  database: DatabaseTally;
  functions: { invocations: number; milliseconds: number; longestMilliseconds: number };
  messageBytes: number;
  /** Log lines at level error, by event. */
  errors: Map<string, number>;
}

/** Of all connections. */
export const GONE_SHARE = 0.02;

const START = Date.UTC(2024, 0, 1);

export async function simulate(options: SimulationOptions): Promise<Simulation> {
  const random = createRandom(options.seed);
  const clock = new VirtualClock(START);
  const population = createPopulation(options.connections, SEGMENTS, GONE_SHARE, random);
  const platform = createPlatform(clock, population, random);
  const database = createDatabase(clock, population, random, options.tableWritesASecond);
  const errors = new Map<string, number>();
  const log: Log = {
    debug() {},
    info() {},
    warn() {},
    error: (event) => errors.set(event, (errors.get(event) ?? 0) + 1),
  };
  const tables = { clientsTable: 'clients', messagesTable: 'messages' };
  const stores = { client: database.client, clock, historySeconds: HISTORY_TTL_SECONDS, ...tables };
  let ids = 0;
  const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;

  /** The dependencies of a function, created anew each time: containers share nothing. */
  function dependencies(processor = createProcessor(clock, options.memoryMegabytes, options.coreMillisecondsAPost)) {
    return {
      clients: createDynamoClients(stores),
      history: createDynamoHistory(stores),
      broadcasts: createDynamoBroadcasts(stores),
      groups: createDynamoGroups(stores),
      connections: createApiGatewayConnections({ client: platform.clientFor(processor), clock }),
      tasks: functions,
      clock,
      newId,
      log,
    };
  }

  const functions = createFunctions(clock, random, options, (task, processor, timeLeft) =>
    createBroadcastSegment(dependencies(processor))(task as BroadcastSegmentTask, {
      getRemainingTimeInMillis: timeLeft,
    }),
  );

  async function broadcast(): Promise<BroadcastSummary> {
    const { broadcasts, ...rest } = dependencies();
    const { broadcastId } = await createBroadcast({ broadcasts, ...rest })(
      { frame, text },
      newBroadcastPosition(clock.now()),
      EVERYBODY,
    );
    await functions.ended();
    const state = await broadcasts.get(broadcastId);
    if (!state) throw new Error('no record of the broadcast');
    return summaryOf(state, clock.now());
  }

  const data = { content: 'x'.repeat(options.contentLength) };
  const frame = frameOf({ type: 'announcement', data }, newId(), isoTime(clock.now()));
  const text = encode(frame);
  const summary = await withChance(random, () => clock.run(broadcast()));
  return {
    options,
    summary,
    seconds: (Date.parse(summary.finishedAt ?? '') - START) / 1_000,
    quotaSeconds: (options.connections - ACCOUNT_BURST) / ACCOUNT_RATE,
    posts: platform.tally,
    population: population.tally(),
    database: database.tally,
    functions: functions.tally,
    messageBytes: text.length,
    errors,
  };
}

/** The back-off randomizes half of each wait: with this seed, as long as something runs. */
async function withChance<Result>(random: () => number, run: () => Promise<Result>): Promise<Result> {
  const { random: original } = Math;
  Math.random = random;
  try {
    return await run();
  } finally {
    Math.random = original;
  }
}
