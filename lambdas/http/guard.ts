/** Checks whether a caller may make a call and reach the clients that it names. */
import type { Dependencies } from '../ports/dependencies';
import { placeOfCall } from '../protocol/call-id';
import { type HttpCall, scopeOf } from '../protocol/http-calls';
import { assertOwnGroups, assertScope, type Caller, forbidden, ownerOf } from './caller';
import { callNotFound, clientNotFound } from './problems';

/** The validated parts of a request. */
export interface GuardedRequest {
  path?: unknown;
  body?: unknown;
}

interface Named {
  group?: string;
  client_id?: string;
  client_ids?: readonly string[];
  call_id?: string;
}

export function createGuard({ clients }: Partial<Pick<Dependencies, 'clients'>>) {
  /** Answers "not found" both for unknown clients and for those of other owners, so that nobody can tell them apart. */
  async function assertOwn(owner: string, clientId: string, problem = clientNotFound): Promise<void> {
    const labels = await clients?.labelsOf(clientId);
    if (labels?.[0] !== owner) throw problem();
  }

  return {
    /** Runs before the body is parsed. @throws Problem `forbidden` */
    admit(routeKey: string, call: Pick<HttpCall, 'access' | 'scope' | 'forOwners'>, caller: Caller): void {
      if (call.access === 'open') return;
      assertScope(caller, scopeOf(routeKey, call));
      if (ownerOf(caller) !== undefined && call.forOwners === undefined) {
        throw forbidden('This call is about everybody; a key that is bound to labels cannot make it.');
      }
    },

    /** @throws Problem `client_not_found`, `call_not_found`, `forbidden` for a group */
    async assertReach(call: HttpCall, caller: Caller, { path, body }: GuardedRequest): Promise<void> {
      const owner = ownerOf(caller);
      if (owner === undefined || call.forOwners !== 'own') return;
      const { call_id: callId, group, ...inPath } = (path ?? {}) as Named;
      if (group !== undefined) assertOwnGroups(caller, 'group', [group]);
      const inBody = (body ?? {}) as Named;
      const clientIds = [inPath.client_id, inBody.client_id, ...(inBody.client_ids ?? [])];
      await Promise.all(clientIds.map((clientId) => clientId !== undefined && assertOwn(owner, clientId)));
      if (callId !== undefined) await assertOwn(owner, placeOfCall(callId)?.clientId ?? '', callNotFound);
    },
  };
}
