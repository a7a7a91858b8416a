/** The cost of a push, and the monthly cost, as the READMEs and docs/deploy.md state it in one sentence: it must match the model. */
import { type EventName, type SeenEvent, seeEvents } from '../../bench/cost/events';
import { OPTIONS, ourCost, totalOf } from '../../bench/cost/model';
import { type Prices, pricesOf, writtenPrices } from '../../bench/cost/price-lines';
import { standingOf } from '../../bench/cost/standing';
import { synthesize } from '../support/stack';

/** How far a page may be off, because each alarm costs ten cents. */
const isNear = (written: number, reckoned: number) => Math.abs(written - reckoned) <= Math.max(1, reckoned * 0.03);

let seen: Record<EventName, SeenEvent>;
let reckoned: Prices;

beforeAll(async () => {
  seen = await seeEvents();
  reckoned = pricesOf(seen, standingOf(synthesize().template.Resources), OPTIONS);
});

test('a million pushes cost at most $3.70', () => {
  expect(totalOf(ourCost(seen.send_message, OPTIONS)) * 1e6).toBeLessThanOrEqual(3.7);
});

test.each(writtenPrices())('%s has the model’s figures; `npm run cost -- --write` updates it', (_, written) => {
  expect(written).toHaveLength(reckoned.length);
  expect(
    written.map((price, index) => [price, reckoned[index]]).filter(([one = 0, other = 0]) => !isNear(one, other)),
  ).toEqual([]);
});
