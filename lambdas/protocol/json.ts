/**
 * JSON as used on both APIs: types, guards, and a parser that keeps every number digit for digit.
 *
 * A gateway must not change what it passes on. `JSON.parse` rounds 9007199254740993 and turns 1e400 into Infinity, so a number that a
 * double cannot hold is kept as text (`ExactNumber`) and written back unchanged. The library for this, lossless-json, rejects repeated
 * keys, which JSON.parse accepts, and runs its own parser on every text; here, a text without such numbers costs one scan of its numbers.
 */
export type JsonObject = Record<string, unknown>;

/** True for a JSON object: not null, an array or an ExactNumber. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/**
 * Marks a string that stands for an exact number while JSON is parsed or written. Random, so that nobody outside this process can forge
 * it; and of digits, because browsers have `randomUUID` only over HTTPS.
 */
const MARK = `exact:${crypto.getRandomValues(new Uint32Array(4)).join('-')}:`;

/** A number that a double cannot hold, as its sender wrote it. */
export class ExactNumber {
  static written = 0;

  constructor(readonly text: string) {}

  /** The nearest double. */
  valueOf(): number {
    return Number(this.text);
  }

  /** For `stringifyJson`, which removes the mark. */
  toJSON(): string {
    ExactNumber.written += 1;
    return MARK + this.text;
  }
}

/** Text that may contain a number that a double cannot hold: 16 or more digits, an exponent of three digits, or -0. */
const MAYBE_INEXACT = /\d[\d.]{15}|\d[eE][+-]?\d{3}|-0(?!\d)/;

/** Matches numbers, and also strings, so that numbers inside strings are skipped. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/**
 * Like `JSON.parse`, but numbers that a double cannot hold become an ExactNumber.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!hasDoubtfulNumber(value) || !MAYBE_INEXACT.test(text) || nestsDeeperThan(value, MAX_EXACT_NESTING)) return value;
  const marked = markedInexact(text);
  return marked === text ? value : JSON.parse(marked, (_, part) => exactOf(part));
}

/** Replaces each number that a double cannot hold with a marked string, for JSON that a library parses. */
export function markedInexact(text: string): string {
  if (!MAYBE_INEXACT.test(text)) return text;
  return text.replace(STRING_OR_NUMBER, (token) =>
    token.startsWith('"') || isExact(token) ? token : `"${MARK}${token}"`,
  );
}

function exactOf(part: unknown): unknown {
  return typeof part === 'string' && part.startsWith(MARK) ? new ExactNumber(part.slice(MARK.length)) : part;
}

/** Turns marked strings in a value that a library parsed into exact numbers. */
export function exactFrom(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(exactFrom);
  if (!isJsonObject(value)) return exactOf(value);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, exactFrom(part)]));
}

/** True if a number may differ from what was written: beyond 2^53, a fraction, or zero, which -0 and 1e-400 become. No recursion. */
function hasDoubtfulNumber(value: unknown): boolean {
  const left = [value];
  for (let item = left.pop(); item !== undefined; item = left.pop()) {
    if (typeof item === 'number' && (item === 0 || !Number.isSafeInteger(item))) return true;
    if (typeof item !== 'object' || item === null) continue;
    for (const key in item) {
      const part = (item as JsonObject)[key];
      if (typeof part === 'object' || typeof part === 'number') left.push(part);
    }
  }
  return false;
}

/** A reviver recurses; deeper values are rejected anyway. */
const MAX_EXACT_NESTING = 1_000;

const MARKED = new RegExp(`"${MARK}(-?[\\d.eE+-]+)"`, 'g');

/** Like `JSON.stringify`, but an ExactNumber is written unchanged. @param indent  spaces per level */
export function stringifyJson(value: unknown, indent?: number): string {
  const before = ExactNumber.written;
  const text = JSON.stringify(value, undefined, indent);
  return ExactNumber.written === before ? text : exactWritten(text);
}

/** Removes the marks from JSON that a library wrote. */
export function exactWritten(text: string): string {
  return text.replace(MARKED, '$1');
}

/** Including numbers that a double cannot hold, such as a 64-bit id. */
export function isWholeNumber(value: unknown): value is number | ExactNumber {
  return value instanceof ExactNumber ? /^-?\d+$/.test(value.text) : Number.isInteger(value);
}

/** The same value with plain numbers, rounded if necessary, for code that calculates. */
export function withPlainNumbers(value: unknown): unknown {
  return hasExactNumber(value) ? rounded(value) : value;
}

function hasExactNumber(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof ExactNumber) return true;
  for (const key in value) {
    if (hasExactNumber((value as JsonObject)[key])) return true;
  }
  return false;
}

function rounded(value: unknown): unknown {
  if (value instanceof ExactNumber) return value.valueOf();
  if (Array.isArray(value)) return value.map(rounded);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, rounded(part)]));
}

/** True if the number keeps its digits when it is parsed to a double and written again. */
function isExact(token: string): boolean {
  const value = Number(token);
  if (value === 0) return !token.startsWith('-') && !/[1-9]/.test(token.replace(/[eE].*/, ''));
  return Number.isFinite(value) && digitsOf(token) === digitsOf(String(value));
}

/** Significant digits and exponent, normalized: equal for `12.50e3` and `12500`. */
function digitsOf(number: string): string {
  const [mantissa = '', exponent = '0'] = number.replace('-', '').toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  let end = digits.length;
  while (digits.endsWith('0', end)) end -= 1; // a regular expression would be quadratic in the number of zeros
  const significant = digits.slice(0, end);
  return `${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

/** True if arrays and objects nest deeper than `levels`. Recurses no deeper than that, so no input overflows the stack. */
export function nestsDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return false;
  if (levels === 0) return true;
  for (const key in value) {
    if (nestsDeeperThan((value as JsonObject)[key], levels - 1)) return true;
  }
  return false;
}
