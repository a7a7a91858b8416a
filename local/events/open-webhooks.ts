/** Opens the receivers that the settings name. */
import type { Clock, Log } from '../../lambdas/ports/runtime';
import type { Settings } from '../settings';
import type { EventRecords } from './queued-event';
import { readReceivers } from './receivers';
import type { Webhooks } from './webhooks';

/** @param records  persists the queue; by default it is only in memory */
export type CreateWebhooks = (records?: EventRecords) => Webhooks;

/**
 * Lazy import: nothing is loaded without receivers.
 * @returns undefined without receivers
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
