/** The TypeScript client plays every scripted conversation of `clients/vectors/`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

it('each rule of the specification is covered by a vector, and each vector names existing rules', () => {
  const spec = readFileSync(join(ROOT, 'docs/client-spec.md'), 'utf8');
  const rules = [...spec.matchAll(/^\*\*(R\d+[a-z]?)\*\*/gm)].map(([, rule]) => rule as string);
  const named = new Set(readVectors().flatMap(([, vectors]) => vectors.flatMap((vector) => vector.rules)));
  const numbers = rules.filter((rule) => !/[a-z]$/.test(rule));
  expect(numbers).toEqual(numbers.map((_, index) => `R${index + 1}`));
  expect(rules.filter((rule) => !named.has(rule))).toEqual([]);
  expect([...named].filter((rule) => !rules.includes(rule))).toEqual([]);
});
