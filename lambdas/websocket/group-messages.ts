/** `join` and `leave`: a client joins groups that its token allows. */
import { type GroupStore, MAX_GROUPS } from '../ports/group-store';
import { invalidMessage } from '../protocol/codec';
import { joined, left, type ServerMessage } from '../protocol/server-messages';

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

export function createGroupMessages(groups: GroupStore): GroupMessages {
  return {
    async join(group, { clientId, labels, mayJoin }) {
      assertAllowed(group, mayJoin);
      const refused = await groups.join(clientId, [group], labels[0]);
      if (refused.length > 0) throw wrongGroup(`a client can be in at most ${MAX_GROUPS} groups`);
      return joined(group);
    },

    async leave(group, { clientId, mayJoin }) {
      assertAllowed(group, mayJoin);
      await groups.leave(clientId, group);
      return left(group);
    },
  };
}

/** @throws ProtocolError */
function assertAllowed(group: string, mayJoin: string | undefined): void {
  const isAllowed = mayJoin
    ?.split(',')
    .some((name) => (name.endsWith('*') ? group.startsWith(name.slice(0, -1)) : group === name));
  if (!isAllowed) throw wrongGroup("the client's token does not let it join or leave this group");
}

function wrongGroup(reason: string) {
  return invalidMessage([{ path: 'data.group', message: `Not allowed: ${reason}` }]);
}
