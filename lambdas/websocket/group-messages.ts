/** `join` and `leave`: a client joins groups that its token allows. */
import { type GroupStore, MAX_GROUPS, ownerFrom } from '../ports/group-store';
import { invalidMessage } from '../protocol/codec';
import { matchesGroup } from '../protocol/names';
import { joined, left, type ServerMessage } from '../protocol/server-messages';
import type { PresenceMessages } from './presence-messages';

export interface GroupContext {
  clientId: string;
  labels: readonly string[];
  /** Group names, or prefixes that end with `*`, joined by commas. */
  mayJoin: string | undefined;
}

export interface GroupMessages {
  join(group: string, context: GroupContext): Promise<ServerMessage>;
  leave(group: string, context: GroupContext): Promise<ServerMessage>;
}

export function createGroupMessages(groups: GroupStore, changed: PresenceMessages['changed']): GroupMessages {
  return {
    async join(group, { clientId, labels, mayJoin }) {
      assertAllowed(group, mayJoin);
      const refused = await groups.join(clientId, [group], ownerFrom(labels));
      if (refused.length > 0)
        throw wrongGroup(`a client can be in at most ${MAX_GROUPS} groups, or the server has no room for more members`);
      await changed(clientId, group, 'member');
      return joined(group);
    },

    async leave(group, { clientId, mayJoin }) {
      assertAllowed(group, mayJoin);
      if (await groups.leave(clientId, group)) await changed(clientId, group, 'left');
      return left(group);
    },
  };
}

/** @throws ProtocolError */
function assertAllowed(group: string, mayJoin: string | undefined): void {
  const isAllowed = mayJoin !== undefined && matchesGroup(mayJoin.split(','), group);
  if (!isAllowed) throw wrongGroup("the client's token does not let it join or leave this group");
}

function wrongGroup(reason: string) {
  return invalidMessage([{ path: 'data.group', message: `Not allowed: ${reason}` }]);
}
