/** The TypeScript client plays every scripted conversation of `clients/vectors/`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TIMERS } from '../../clients/typescript/src/timers';
import { ROOT } from '../support/readme';
import { VectorPlayer } from '../support/vector-player';
import { readVectors } from '../support/vectors';

/** The platform's WebSocket sends a message as one frame. */
const CAN_FRAGMENT = false;

describe.each(readVectors())('%s', (_, vectors) => {
  const played = vectors.filter(({ options }) => (options?.can_fragment ?? CAN_FRAGMENT) === CAN_FRAGMENT);

  it.each(played.map((vector) => [vector.name, vector] as const))('%s', async (_, vector) => {
    const player = new VectorPlayer(vector);
    await player.play(vector.steps);
    await player.close();
  });
});

it('the timers of the specification are those of both libraries', () => {
  const spec = readFileSync(join(ROOT, 'docs/client-spec.md'), 'utf8');
  const python = readFileSync(join(ROOT, 'clients/python/src/switchboard_client/core/timers.py'), 'utf8');
  const number = (text = '') => Number(text.replace(/[,_]/g, ''));
  const rows = [...spec.matchAll(/^\| `(\w+_ms)` \| ([\d,]+) \|/gm)];
  const written = Object.fromEntries(rows.map(([, name, value]) => [name, number(value)]));
  const fields = [...python.matchAll(/^ {4}(\w+_ms): .* = ([\d_]+)$/gm)];
  const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  expect(Object.keys(written)).not.toEqual([]);
  expect(Object.fromEntries(fields.map(([, name, value]) => [name, number(value)]))).toEqual(written);
  expect(Object.fromEntries(Object.entries(TIMERS).map(([name, value]) => [snakeCase(name), value]))).toEqual(written);
});

it('each rule of the specification is covered by a vector, and each vector names existing rules', () => {
  const spec = readFileSync(join(ROOT, 'docs/client-spec.md'), 'utf8');
  const rules = [...spec.matchAll(/^\*\*(R\d+[a-z]?)\*\*/gm)].map(([, rule]) => rule as string);
  const named = new Set(readVectors().flatMap(([, vectors]) => vectors.flatMap((vector) => vector.rules)));
  const numbers = rules.filter((rule) => !/[a-z]$/.test(rule));
  expect(numbers).toEqual(numbers.map((_, index) => `R${index + 1}`));
  expect(rules.filter((rule) => !named.has(rule))).toEqual([]);
  expect([...named].filter((rule) => !rules.includes(rule))).toEqual([]);
});
