/** `watch_presence`, `unwatch_presence`, and changes of groups that may be watched. A task handles all of them. */
import type { Dependencies } from '../ports/dependencies';
import type { PresenceChange } from '../ports/presence-store';
import type { Asker, PresenceRequestTask } from '../presence/request';
import { invalidMessage } from '../protocol/codec';
import { matchesGroup } from '../protocol/names';

export interface PresenceContext {
  clientId: string;
  connectionId: string;
  /** If set, the client sees only clients of this owner. */
  owner: string | undefined;
}

/** A client's request, and the id of its message. */
interface Asked {
  group: string;
  messageId: string | undefined;
}

export type PresenceMessages = ReturnType<typeof createPresenceMessages>;

export function createPresenceMessages({
  presenceGroups,
  tasks,
  log,
}: Pick<Dependencies, 'presenceGroups' | 'tasks' | 'log'>) {
  function start(group: string, clientId: string, request: PresenceRequestTask['request']): Promise<void> {
    return tasks.start<PresenceRequestTask>({ task: 'presence_request', group, clientId, request });
  }

  /** @throws ProtocolError */
  async function ask(
    { group, messageId }: Asked,
    context: PresenceContext,
    requestFrom: (from: Asker) => PresenceRequestTask['request'],
  ) {
    if (!matchesGroup(presenceGroups, group)) {
      throw invalidMessage([
        { path: 'data.group', message: 'Not allowed: this server has no presence for this group' },
      ]);
    }
    const { clientId, connectionId, owner } = context;
    await start(group, clientId, requestFrom({ connectionId, messageId, owner }));
    return undefined; // the task answers
  }

  return {
    watch: (
      { limit, cursor, ...asked }: Asked & { limit: number; cursor: string | undefined },
      context: PresenceContext,
    ) => ask(asked, context, (from) => ({ kind: 'watch', limit, cursor, from })),

    unwatch: (asked: Asked, context: PresenceContext) => ask(asked, context, (from) => ({ kind: 'unwatch', from })),

    /** Never rejects: the change itself has taken effect. */
    async changed(clientId: string, group: string, change: PresenceChange): Promise<void> {
      if (!matchesGroup(presenceGroups, group)) return;
      await start(group, clientId, { kind: 'changed', change }).catch((error) =>
        log.error('presence_failed', error, { client_id: clientId }),
      );
    },
  };
}
