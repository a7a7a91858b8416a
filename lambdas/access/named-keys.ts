/** API keys other than the first one. Each has a name, scopes, and optionally labels that bind it to one owner's clients. */
import { createHash, randomBytes } from 'node:crypto';
import type { RecordStore, StoredRecord } from '../ports/record-store';
import type { Clock } from '../ports/runtime';
import type { JsonObject } from '../protocol/json';
import type { Scope } from '../protocol/scopes';
import { isSame } from './api-key';

export interface NamedKey {
  name: string;
  scopes: readonly Scope[];
  /**
   * Put in front of the labels of each token that the key issues. The key can only see and reach clients whose first label is the first
   * of these.
   */
  labels: readonly string[];
  /** Calls per second; no limit if omitted. */
  rate?: number;
  /** Milliseconds since 1970, like the other times. */
  createdAt: number;
  expiresAt?: number;
  /** Until when the text before a rotation stays valid. */
  previousUntil?: number;
  /** Rounded to a minute. */
  usedAt?: number;
}

/**
 * The stored form. A key has 256 random bits, so one SHA-256 is enough: slow hashes protect passwords that people choose, and would cost
 * 100 ms per call here.
 */
interface KeptKey extends Omit<NamedKey, 'name' | 'expiresAt' | 'usedAt'> {
  hash: string;
  previousHash?: string;
}

/** Milliseconds that the authorizer caches a record. */
const MAX_AGE = 5_000;

/**
 * Milliseconds between reads for keys that do not match the cached record. A new key works at once, and guessing costs one read a second.
 */
const MISS_INTERVAL = 1_000;

/** Entries in the authorizer's cache: callers can send any name. */
const MAX_CACHED = 1_000;

/** Milliseconds between two writes of a key's last use. */
const USE_INTERVAL = 60_000;

const SECRET_BYTES = 32;

/** How often a rotation is retried after losing to a concurrent change. */
const ROTATION_TRIES = 10;

/** `name.secret`: the name is the record's key. */
const KEY_TEXT = /^([a-z0-9][a-z0-9-]{0,39})\.[\w-]{43}$/;

export interface NamedKeysDependencies {
  records: RecordStore;
  clock: Clock;
}

/** For the authorizer: finds the key that a caller sent. */
export function createKeyVerifier({ records, clock }: NamedKeysDependencies) {
  const cached = new Map<string, { record: StoredRecord | undefined; readAt: number; missedAt: number }>();
  const usedAt = new Map<string, number>();
  let changes = 0;
  records.onChange?.('key', () => {
    changes += 1;
    cached.clear();
  });

  async function read(name: string, missedAt: number): Promise<StoredRecord | undefined> {
    const readAt = clock.now();
    const seen = changes;
    const record = await records.get('key', name);
    if (seen !== changes) return record; // may be stale already: not cached
    if (cached.size >= MAX_CACHED) cached.clear();
    cached.set(name, { record, readAt, missedAt });
    return record;
  }

  /** The record of a key, if the text matches it. */
  async function recordFor(name: string, text: string): Promise<StoredRecord | undefined> {
    const known = cached.get(name);
    const now = clock.now();
    const isFresh = known !== undefined && Math.abs(now - known.readAt) < MAX_AGE;
    const record = isFresh ? known.record : await read(name, known?.missedAt ?? 0);
    if (record && fits(text, record, now)) return record;
    if (!isFresh || Math.abs(now - known.missedAt) < MISS_INTERVAL) return undefined;
    const newer = await read(name, now);
    return newer && fits(text, newer, now) ? newer : undefined;
  }

  /** Writes at most once a minute. A failed write only costs the time of last use: the key itself stays valid. */
  async function noteUse(name: string): Promise<void> {
    const now = clock.now();
    if (now - (usedAt.get(name) ?? 0) < USE_INTERVAL) return;
    usedAt.set(name, now);
    await records.put('key_use', { name, value: { at: now } }).catch(() => {});
  }

  /** Returns the key with this text; undefined if it is unknown or expired. */
  return async function verifyKey(text: string): Promise<NamedKey | undefined> {
    const [, name] = KEY_TEXT.exec(text) ?? [];
    const record = name === undefined ? undefined : await recordFor(name, text);
    if (!record) return undefined;
    await noteUse(record.name);
    return keyFrom(record);
  };
}

function fits(text: string, { value, expiresAt }: StoredRecord, now: number): boolean {
  if (expiresAt !== undefined && expiresAt <= now) return false;
  const { hash, previousHash, previousUntil = 0 } = value as unknown as KeptKey;
  const given = hashOf(text);
  return isSame(given, hash) || (previousHash !== undefined && previousUntil > now && isSame(given, previousHash));
}

export type NewKey = Pick<NamedKey, 'name' | 'scopes' | 'labels' | 'rate' | 'expiresAt'>;

/** For managing keys. */
export function createNamedKeys({ records, clock }: NamedKeysDependencies) {
  return {
    async list(): Promise<NamedKey[]> {
      const [keys, uses] = await Promise.all([records.list('key'), records.list('key_use')]);
      const usedAt = new Map(uses.map(({ name, value }) => [name, value.at as number]));
      return keys.map((record) => ({
        ...keyFrom(record),
        ...(usedAt.has(record.name) && { usedAt: usedAt.get(record.name) }),
      }));
    },

    /**
     * @returns undefined if the name is taken
     */
    async make({ name, expiresAt, ...rest }: NewKey): Promise<{ key: NamedKey; text: string } | undefined> {
      const text = newKeyText(name);
      const kept: KeptKey = { ...rest, createdAt: clock.now(), hash: hashOf(text) };
      const record = recordFrom(name, kept, expiresAt);
      if (await records.put('key', record, 'free')) return { key: keyFrom(record), text };
      // The SDK retries after a lost response, so the name may be taken by this call.
      const found = await records.get('key', name);
      return found?.value.hash === kept.hash ? { key: keyFrom(record), text } : undefined;
    },

    /**
     * Generates a new text for a key. The previous text stays valid for the overlap.
     * @returns undefined if there is no such key
     */
    async rotate(name: string, overlapSeconds: number): Promise<{ key: NamedKey; text: string } | undefined> {
      const text = newKeyText(name);
      const hash = hashOf(text);
      for (let tries = 0; tries < ROTATION_TRIES; tries++) {
        const found = await records.get('key', name);
        if (!found) return undefined;
        const before = found.value as unknown as KeptKey;
        if (before.hash === hash) return { key: keyFrom(found), text }; // this rotation was written, but the response was lost
        const previousUntil = clock.now() + overlapSeconds * 1_000;
        const record = recordFrom(name, { ...before, hash, previousHash: before.hash, previousUntil }, found.expiresAt);
        if (await records.put('key', record, found)) return { key: keyFrom(record), text };
      }
      throw new Error('the rotation lost to a concurrent change on every attempt');
    },

    /**
     * @returns false if there is no such key
     */
    async remove(name: string): Promise<boolean> {
      const isRemoved = await records.delete('key', name);
      if (isRemoved) await records.delete('key_use', name);
      return isRemoved;
    },
  };
}

function newKeyText(name: string): string {
  return `${name}.${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function recordFrom(name: string, kept: KeptKey, expiresAt: number | undefined): StoredRecord {
  return { name, value: kept as unknown as JsonObject, ...(expiresAt !== undefined && { expiresAt }) };
}

function keyFrom({ name, value, expiresAt }: StoredRecord): NamedKey {
  const { hash, previousHash, ...shown } = value as unknown as KeptKey;
  return { name, ...shown, ...(expiresAt !== undefined && { expiresAt }) };
}
