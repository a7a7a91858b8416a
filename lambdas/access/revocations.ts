/**
 * Revocations: tokens issued until a certain time are rejected, by client, label or key. A revocation is kept until the last of those
 * tokens has expired.
 */
import type { RecordStore, StoredRecord } from '../ports/record-store';
import type { Clock } from '../ports/runtime';
import type { Task } from '../ports/tasks';
import { MAX_TOKEN_TTL_SECONDS } from '../protocol/limits';

/** Milliseconds that the authorizer caches revocations, if its store does not report changes. */
export const REVOCATIONS_MAX_AGE = 2_000;

/** Tolerated clock skew for a token's expiry, in milliseconds. */
const TOLERANCE = 5_000;

export type RevokedKind = 'client_id' | 'label' | 'key';

export interface Revocation {
  kind: RevokedKind;
  value: string;
  /** Revokes tokens issued until then, in milliseconds since 1970. */
  at: number;
  until: number;
}

/** Closes the connections of revoked clients. */
export interface RevokeTask extends Task {
  task: 'revoke';
  revocation: Revocation;
}

/** The parts of a client's identity that a revocation can match. */
export interface Revocable {
  clientId: string;
  labels?: readonly string[];
  issuedBy?: string;
  /** Milliseconds since 1970. */
  issuedAt?: number;
}

export function isRevokedBy({ kind, value, at }: Revocation, { clientId, labels, issuedBy, issuedAt = 0 }: Revocable) {
  if (issuedAt > at) return false;
  if (kind === 'client_id') return clientId === value;
  return kind === 'label' ? labels?.includes(value) === true : issuedBy === value;
}

export interface RevocationsDependencies {
  records: RecordStore;
  clock: Clock;
}

export function createRevocations({ records, clock }: RevocationsDependencies) {
  return {
    async add(kind: RevokedKind, value: string): Promise<Revocation> {
      const at = clock.now();
      const until = at + MAX_TOKEN_TTL_SECONDS * 1_000 + TOLERANCE;
      await records.put('revocation', { name: `${kind}:${value}`, value: { kind, value, at }, expiresAt: until });
      return { kind, value, at, until };
    },

    async list(): Promise<Revocation[]> {
      return (await records.list('revocation')).map(revocationFrom);
    },
  };
}

/** For the authorizer: checks whether a client is revoked. */
export function createRevocationCheck({ records, clock }: RevocationsDependencies) {
  const { list } = createRevocations({ records, clock });
  let known: { revocations: Promise<Revocation[]>; readAt: number } | undefined;
  records.onChange?.('revocation', () => {
    known = undefined;
  });

  return async function isRevoked(identity: Revocable): Promise<boolean> {
    const now = clock.now();
    if (!known || Math.abs(now - known.readAt) >= REVOCATIONS_MAX_AGE) {
      known = { revocations: list(), readAt: now };
      known.revocations.catch(() => {
        known = undefined; // so that the next connection reads again
      });
    }
    return (await known.revocations).some((revocation) => isRevokedBy(revocation, identity));
  };
}

function revocationFrom({ value: stored, expiresAt = 0 }: StoredRecord): Revocation {
  const { kind, value, at } = stored as unknown as Revocation;
  return { kind, value, at, until: expiresAt };
}
