/** The cost of events to EventBridge: an entry on the bus for each, and a share of the function that publishes a batch. */
import { PRICES } from '../prices';

/** Events per batch: with little traffic, with some, and Lambda's maximum. */
const BATCHES = [1, 10, 100];

/** Memory of the function in megabytes. */
const MEMORY = 256;
/** Milliseconds of its own work, of a read of clients, and of a call to the bus with up to 10 entries. */
const OWN = 3;
const READ = 5;
const CALL = 15;
const ENTRIES = 10;
/** For an eventually consistent read of one client. */
const READ_UNITS = 0.5;

export interface TellingCost {
  bus: number;
  lambda: number;
  dynamo: number;
}

/** Dollars per event in such a batch, with each event about a different client. */
export function tellingCost(batch: number): TellingCost {
  const milliseconds = OWN + READ + CALL * Math.ceil(batch / ENTRIES);
  const gigabyteSeconds = (MEMORY / 1_024) * (milliseconds / 1_000);
  return {
    bus: PRICES.busEvent,
    lambda: (PRICES.lambdaRequest + gigabyteSeconds * PRICES.lambdaGigabyteSecond) / batch,
    dynamo: READ_UNITS * PRICES.dynamoReadUnit,
  };
}

export function tellingTable(): string[] {
  const dollars = (amount: number) => `$${(amount * 1_000_000).toFixed(2)}`;
  const rows = BATCHES.map((batch) => {
    const { bus, lambda, dynamo } = tellingCost(batch);
    return `| ${[batch, ...[bus, lambda, dynamo, bus + lambda + dynamo].map(dollars)].join(' | ')} |`;
  });
  return ['| events in a batch | EventBridge | Lambda | DynamoDB | all |', '| --- | --- | --- | --- | --- |', ...rows];
}
