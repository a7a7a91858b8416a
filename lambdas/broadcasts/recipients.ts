/** Recipients of a broadcast: the online clients of its audience, page by page. */
import type { Audience, ClientConnection, Segment } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import type { Page, PageRequest } from '../ports/page';

export interface RecipientPage extends Page<ClientConnection> {
  /** Clients of the audience that were read, online or not. */
  seen: number;
}

export function createRecipients({ clients, groups }: Pick<Dependencies, 'clients' | 'groups'>) {
  return async function recipients(audience: Audience, page: PageRequest, segment?: Segment): Promise<RecipientPage> {
    if (audience.kind !== 'group') {
      const online = await clients.list(audience, page, segment);
      return { ...online, seen: online.rows.length };
    }
    const { rows: members, cursor } = await groups.members(audience.group, page, segment);
    const online = await clients.getMany(members.map(({ clientId }) => clientId));
    const { owner } = audience;
    const rows = owner === undefined ? online : online.filter(({ labels }) => labels[0] === owner);
    return { rows, cursor, seen: members.length };
  };
}
