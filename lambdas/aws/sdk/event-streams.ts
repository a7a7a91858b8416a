/**
 * Stands for the SDK's event streams in the bundles: no call of ours sends or answers with one. The SDK imports them only
 * when a call does; but what is imported like that, and all that it imports itself, is bundled whole and unpruned.
 */
const NONE = 'calls with event streams are not bundled: see lambdas/aws/sdk/event-streams.ts';

export class EventStreamSerde {
  constructor() {
    throw new Error(NONE);
  }
}

export function eventStreamSerdeProvider(): never {
  throw new Error(NONE);
}

/** Asked of each client's options, whatever it calls. */
export function resolveEventStreamSerdeConfig<Options>(options: Options): Options {
  return options;
}
