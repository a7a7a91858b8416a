/** Context for a responder in a task. */
import { latestMessages } from '../delivery/latest-messages';
import type { Dependencies } from '../ports/dependencies';
import type { HandlerContext } from '../ports/handler-context';
import { withFields } from '../ports/runtime';

export type ReplyContextDependencies = Pick<Dependencies, 'history' | 'secrets' | 'appSettings' | 'clock' | 'log'>;

export interface Asker {
  clientId: string;
  labels: readonly string[];
  /** The question's `message_id`. */
  messageId?: string;
}

export function createReplyContext(
  { clientId, labels, messageId }: Asker,
  signal: AbortSignal,
  { history, secrets, appSettings, clock, log }: ReplyContextDependencies,
): HandlerContext {
  return {
    clientId,
    labels,
    signal,
    clock,
    settings: appSettings,
    log: withFields(log, { client_id: clientId, message_id: messageId }),
    history: (limit, which) => latestMessages(history, clientId, limit, which),
    secret: (name) => secrets.get(name),
  };
}
