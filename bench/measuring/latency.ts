/** How long one message takes on an otherwise idle server, however many clients are connected. */
import type { MessageName } from '../load/messages';
import type { Trial } from './trial';

/** A slow server answers fewer than were sent. */
const SECONDS = 2;

export async function measureLatency({ load, record }: Trial, message: MessageName, count: number): Promise<void> {
  await load.call('latency', { message, count: Math.ceil(count / 10), seconds: SECONDS }); // not counted: the first are always slower
  const { p50, p99 } = await load.call('latency', { message, count, seconds: SECONDS });
  record(`${message}_p50`, p50 * 1_000);
  record(`${message}_p99`, p99 * 1_000);
}
