/**
 * Replaces the SDK's event streams in the bundles: none of our calls use them. The SDK imports them dynamically, but dynamic imports are
 * bundled whole, without tree shaking.
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

/** Every client calls this when it resolves its options. */
export function resolveEventStreamSerdeConfig<Options>(options: Options): Options {
  return options;
}
