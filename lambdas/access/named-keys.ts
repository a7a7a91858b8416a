/** API keys beside the first one: each has a name, scopes, and perhaps labels that bind it to one owner's clients. */
import { createHash, randomBytes } from 'node:crypto';
import type { RecordStore, StoredRecord } from '../ports/record-store';
import type { Clock } from '../ports/runtime';
import type { JsonObject } from '../protocol/json';
import type { Scope } from '../protocol/scopes';
import { isSame } from './api-key';

export interface NamedKey {
  name: string;
  scopes: readonly Scope[];
  /** On each token that the key issues, in front of others. Its first label names the only clients that the key sees and reaches. */
  labels: readonly string[];
  /** Calls a second; no limit where left out. */
  rate?: number;
  /** Milliseconds since 1970, as are the others. */
  createdAt: number;
  expiresAt?: number;
  /** The key before a rotation, while it is good. */
  previousUntil?: number;
  /** To the minute. */
  usedAt?: number;
}

/**
 * As it is stored. A key has 256 random bits, so one SHA-256 is enough: a slow hash protects what people choose, and would cost each call
 * 100 ms here.
 */
interface KeptKey extends Omit<NamedKey, 'name' | 'expiresAt' | 'usedAt'> {
  hash: string;
  previousHash?: string;
}

/** Milliseconds that the authorizer goes on with what it read. */
const MAX_AGE = 5_000;

/** Milliseconds between two reads for keys that do not fit what it read: a new key works at once, and guesses cost a read a second. */
const MISS_INTERVAL = 1_000;

/** Names in the authorizer's cache: strangers can ask for any. */
const MAX_CACHED = 1_000;

/** Milliseconds between two records of a key's last use. */
const USE_INTERVAL = 60_000;

const SECRET_BYTES = 32;

/** Rotations that may be faster than this one. */
const ROTATION_TRIES = 10;

/** `name.secret`: the name finds the record. */
const KEY_TEXT = /^([a-z0-9][a-z0-9-]{0,39})\.[\w-]{43}$/;

export interface NamedKeysDependencies {
  records: RecordStore;
  clock: Clock;
}

/** For the authorizer: who has a key. */
export function createKeyVerifier({ records, clock }: NamedKeysDependencies) {
  const cached = new Map<string, { record: StoredRecord | undefined; readAt: number; missedAt: number }>();
  const usedAt = new Map<string, number>();

  async function read(name: string, missedAt: number): Promise<StoredRecord | undefined> {
    const readAt = clock.now();
    const record = await records.get('key', name);
    if (cached.size >= MAX_CACHED) cached.clear();
    cached.set(name, { record, readAt, missedAt });
    return record;
  }

  /** The record of a key, if a text fits it. */
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

  /** At most once a minute. */
  async function noteUse(name: string): Promise<void> {
    const now = clock.now();
    if (now - (usedAt.get(name) ?? 0) < USE_INTERVAL) return;
    usedAt.set(name, now);
    await records.put('key_use', { name, value: { at: now } });
  }

  /** The key that a text is; undefined where there is none, or it has ended. */
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

/** For who manages keys. */
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

    /** @returns undefined where the name is taken */
    async make({ name, expiresAt, ...rest }: NewKey): Promise<{ key: NamedKey; text: string } | undefined> {
      const text = newKeyText(name);
      const kept: KeptKey = { ...rest, createdAt: clock.now(), hash: hashOf(text) };
      const record = recordFrom(name, kept, expiresAt);
      if (!(await records.put('key', record, 'free'))) return undefined;
      return { key: keyFrom(record), text };
    },

    /**
     * Makes a new text for a key. The one before stays good for a while.
     * @returns undefined where there is no such key
     */
    async rotate(name: string, overlapSeconds: number): Promise<{ key: NamedKey; text: string } | undefined> {
      const text = newKeyText(name);
      const hash = hashOf(text);
      for (let tries = 0; tries < ROTATION_TRIES; tries++) {
        const found = await records.get('key', name);
        if (!found) return undefined;
        const before = found.value as unknown as KeptKey;
        if (before.hash === hash) return { key: keyFrom(found), text }; // written, though the answer was lost
        const previousUntil = clock.now() + overlapSeconds * 1_000;
        const record = recordFrom(name, { ...before, hash, previousHash: before.hash, previousUntil }, found.expiresAt);
        if (await records.put('key', record, found)) return { key: keyFrom(record), text };
      }
      throw new Error('the key was changed each time that it was to be rotated');
    },

    /** @returns false where there is no such key */
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
