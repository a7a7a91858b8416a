/** The monthly cost, as the READMEs and docs/deploy.md state it in one sentence: it must match the model. */
import { seeEvents } from '../../bench/cost/events';
import { OPTIONS } from '../../bench/cost/model';
import { type Prices, pricesOf, writtenPrices } from '../../bench/cost/price-lines';
import { standingOf } from '../../bench/cost/standing';
import { synthesize } from '../support/stack';

/** How far a page may be off, because each alarm costs ten cents. */
const isNear = (written: number, reckoned: number) => Math.abs(written - reckoned) <= Math.max(1, reckoned * 0.03);

let reckoned: Prices;

beforeAll(async () => {
  reckoned = pricesOf(await seeEvents(), standingOf(synthesize().template.Resources), OPTIONS);
});

test.each(writtenPrices())('%s has the model’s figures; `npm run cost -- --write` updates it', (_, written) => {
  expect(written).toHaveLength(reckoned.length);
  expect(
    written.map((price, index) => [price, reckoned[index]]).filter(([one = 0, other = 0]) => !isNear(one, other)),
  ).toEqual([]);
});
