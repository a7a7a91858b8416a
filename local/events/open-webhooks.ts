/** The receivers of this machine, as its settings name them. */
import type { Clock, Log } from '../../lambdas/ports/runtime';
import type { Settings } from '../settings';
import type { EventRecords } from './queued-event';
import { readReceivers } from './receivers';
import type { Webhooks } from './webhooks';

/** @param records  where the queue is kept; in memory alone where left out */
export type CreateWebhooks = (records?: EventRecords) => Webhooks;

/**
 * Lazy import: without receivers nothing of this is loaded.
 * @returns undefined where nobody wants events
 * @throws SettingError
 */
export async function openWebhooks(settings: Settings, clock: Clock, log: Log): Promise<CreateWebhooks | undefined> {
  const receivers = await readReceivers(settings.WEBHOOKS);
  if (receivers.length === 0) return undefined;
  const { createWebhooks } = await import('./webhooks');
  const options = {
    receivers,
    types: new Set(settings.EVENTS),
    contents: settings.EVENT_CONTENTS === 'on',
    totalBytes: settings.EVENTS_TOTAL_BYTES,
    source: settings.PUBLIC_API_URL || '/switchboard',
    clock,
    log,
  };
  return (records) => createWebhooks(options, records);
}
