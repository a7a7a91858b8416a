/** The programs in `test/generated` make every call of the product; `test/slow/generated-clients.test.ts` runs them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientMessages } from '../../../lambdas/protocol/client-messages';
import { openApiDocument } from '../../../lambdas/protocol/openapi';
import { operationsOf } from '../../support/operations';
import { PRODUCT_CALLS } from '../../support/product-calls';
import { ROOT } from '../../support/readme';

const PROGRAMS = ['test/generated/node/client.ts', 'test/generated/go/main.go', 'test/generated/python/client.py'];

const options = { version: '1.2.3', serverUrl: 'https://api.example.com', messages: clientMessages };
const operations = operationsOf(openApiDocument({ ...options, protectedCalls: new Set() }));

function missingIn(program: string, source: string): string[] {
  const made = [...source.matchAll(/\bok\(\s*["'](\w+)["']/g)].map(([, name]) => name);
  return PRODUCT_CALLS.map((call) => ({ call, id: operations.get(call) ?? '' }))
    .filter(({ id }) => !made.includes(id))
    .map(({ call, id }) => `${program} does not make ${call}: add a call that ends in ok("${id}", ...).`);
}

describe('the programs of generated clients', () => {
  it.each(PROGRAMS)('%s makes every call of the product', (program) => {
    expect(missingIn(program, readFileSync(join(ROOT, program), 'utf8'))).toEqual([]);
  });

  it('are reported with the calls that they lack', () => {
    const source = PRODUCT_CALLS.map((call) => `ok('${operations.get(call)}', true);`).join('\n');
    expect(missingIn('client.ts', source)).toEqual([]);
    expect(missingIn('client.ts', source.replace("ok('get_ready'", "not_ok('get_ready'"))).toEqual([
      'client.ts does not make GET /ready: add a call that ends in ok("get_ready", ...).',
    ]);
  });
});

/** A team may add calls of its own, so only a run that requires generated clients checks that the list is complete. */
const hasCompleteList = process.env.REQUIRE_GENERATED_CLIENTS === '1';

(hasCompleteList ? it : it.skip)('PRODUCT_CALLS has every call of the description', () => {
  const listed: readonly string[] = PRODUCT_CALLS;
  const missing = [...operations.keys()].filter((call) => !listed.includes(call));
  const advice = 'Add it to PRODUCT_CALLS in test/support/product-calls.ts';
  const exception = 'if it is a call of your team, run without REQUIRE_GENERATED_CLIENTS';
  expect(missing.map((call) => `${call} is not listed. ${advice}; ${exception}.`)).toEqual([]);
});
