/** HTTP calls that manage access: API keys, revocations, and the audit log. */
import { createNamedKeys, type NamedKey } from '../access/named-keys';
import { createRevocations, type Revocation, type RevokedKind, type RevokeTask } from '../access/revocations';
import type { Dependencies } from '../ports/dependencies';
import { isoTime } from '../ports/runtime';
import { Problem } from '../protocol/problems';
import type { RouteKeyOf } from '../routes';
import { auditPage } from './audit';
import { createHttpHandler, type Operations } from './http-handler';
import { pageOrProblem } from './problems';

export type AdminDependencies = Pick<
  Dependencies,
  'records' | 'history' | 'answers' | 'tasks' | 'accessControl' | 'clock' | 'newId' | 'log'
>;

export function create(dependencies: AdminDependencies) {
  const { history, tasks, accessControl, clock, log } = dependencies;
  const keys = createNamedKeys(dependencies);
  const revocations = createRevocations(dependencies);

  const operations: Operations<RouteKeyOf<'http/admin'>> = {
    async 'GET /keys'() {
      return { body: { keys: (await keys.list()).map(bodyOfKey) } };
    },

    async 'POST /keys'({ body: { name, scopes, labels, rate, ttl_seconds: seconds } }) {
      const expiresAt = seconds == null ? undefined : clock.now() + seconds * 1_000;
      const made = await keys.make({
        ...{ name, scopes, labels: labels ?? [] },
        ...(rate != null && { rate }),
        ...(expiresAt !== undefined && { expiresAt }),
      });
      if (!made)
        throw new Problem('key_exists', `name: a key "${name}" already exists; rotate it, or choose another name.`);
      log.info('key_made', { key: name, scopes: scopes.join(',') });
      return { body: { ...bodyOfKey(made.key), key: made.text } };
    },

    async 'POST /keys/{key_name}/rotate'({ path: { key_name: name }, body: { overlap_seconds: seconds } }) {
      const rotated = await keys.rotate(name, seconds);
      if (!rotated) throw keyNotFound();
      log.info('key_rotated', { key: name });
      return { body: { ...bodyOfKey(rotated.key), key: rotated.text } };
    },

    async 'DELETE /keys/{key_name}'({ path: { key_name: name } }) {
      if (!(await keys.remove(name))) throw keyNotFound();
      log.info('key_ended', { key: name });
      return { status: 204, body: undefined };
    },

    async 'GET /revocations'() {
      return { body: { revocations: (await revocations.list()).map(bodyOfRevocation) } };
    },

    async 'POST /revocations'({ body: { client_id, label, key } }) {
      if (!accessControl) {
        throw new Problem('access_control_off', 'Access control is off: clients connect without a token.');
      }
      const kind: RevokedKind = client_id != null ? 'client_id' : label != null ? 'label' : 'key';
      const revocation = await revocations.add(kind, client_id ?? label ?? key ?? '');
      await tasks.start<RevokeTask>({ task: 'revoke', revocation });
      return { status: 202, body: bodyOfRevocation(revocation) };
    },

    async 'GET /audit'({ query }) {
      const { calls, cursor } = await pageOrProblem(auditPage(history, query, query.key));
      return { body: { calls, next_cursor: cursor } };
    },
  };
  return createHttpHandler(operations, dependencies);
}

function keyNotFound(): Problem {
  return new Problem('key_not_found', 'No key of this name; GET /keys lists the keys.');
}

function bodyOfKey({ name, scopes, labels, rate, createdAt, expiresAt, previousUntil, usedAt }: NamedKey) {
  return {
    ...{ name, scopes: [...scopes], labels: [...labels], created_at: isoTime(createdAt) },
    ...(rate !== undefined && { rate }),
    ...(expiresAt !== undefined && { ends_at: isoTime(expiresAt) }),
    ...(previousUntil !== undefined && { previous_until: isoTime(previousUntil) }),
    ...(usedAt !== undefined && { last_used_at: isoTime(usedAt) }),
  };
}

function bodyOfRevocation({ kind, value, at, until }: Revocation) {
  return { [kind]: value, revoked_at: isoTime(at), until: isoTime(until) };
}
