/** The scripted conversations of `clients/vectors/`: their types, and how expectations are matched. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './readme';

type Json = Record<string, unknown>;

export interface Vector {
  name: string;
  rules: string[];
  options?: {
    random?: number;
    tokens?: (string | null)[];
    position?: { epoch: string; seq: number; broadcast?: string };
    outbox?: Record<string, unknown>[];
    timers?: Record<string, number | null>;
    outbox_limit?: number;
    storage?: boolean;
    can_fragment?: boolean;
  };
  steps: Step[];
}

/** One verb and its value, with an optional `socket`. */
export type Step = { socket?: number } & Json;

export const VECTORS_FOLDER = join(ROOT, 'clients/vectors');

export function readVectors(): [file: string, vectors: Vector[]][] {
  const files = readdirSync(VECTORS_FOLDER).filter((name) => name.endsWith('.json'));
  return files.map((file) => [file, JSON.parse(readFileSync(join(VECTORS_FOLDER, file), 'utf8')).vectors]);
}

export const verbOf = (step: Step) => Object.keys(step).find((key) => key !== 'socket') as string;

/** Placeholders such as `$m1`, and their values. */
export class Names {
  readonly #values = new Map<string, unknown>();

  /** With placeholders replaced by their values, and `{"$text": n}` by text. */
  fill(value: unknown): unknown {
    if (typeof value === 'string' && value.startsWith('$')) {
      if (!this.#values.has(value)) throw new Error(`${value} stands for nothing yet`);
      return this.#values.get(value);
    }
    if (Array.isArray(value)) return value.map((item) => this.fill(item));
    if (typeof value !== 'object' || value === null) return value;
    if ('$text' in value) return 'a'.repeat(value.$text as number);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.fill(item)]));
  }

  /** The expectation, with placeholders bound to the actual values, so that the two can be compared. */
  expected(expected: unknown, actual: unknown): unknown {
    if (typeof expected === 'string' && expected.startsWith('$')) {
      if (expected === '$_') return actual;
      if (!this.#values.has(expected) && actual !== undefined) this.#values.set(expected, actual);
      return this.#values.get(expected);
    }
    if (expected === null) return actual === undefined ? undefined : null;
    if (Array.isArray(expected)) return expected.map((item, index) => this.expected(item, (actual as Json)?.[index]));
    if (typeof expected !== 'object') return expected;
    if ('$text' in expected) return 'a'.repeat(expected.$text as number);
    const fields = Object.entries(expected).map(([key, item]) => [key, this.expected(item, (actual as Json)?.[key])]);
    const others = typeof actual === 'object' && !Array.isArray(actual) ? actual : {};
    return { ...others, ...Object.fromEntries(fields) };
  }
}
