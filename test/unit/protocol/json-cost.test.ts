/** Reading a number takes linear, not quadratic time: a client chooses its length. */
import { parseJson, stringifyJson } from '../../../lambdas/protocol/json';

it.each([
  ['zeros before its last digit', `1.${'0'.repeat(1_000_000)}1`],
  ['zeros at its end', `0.1${'0'.repeat(1_000_000)}`],
  ['zeros at its beginning', `0.${'0'.repeat(1_000_000)}1`],
  ['digits', `1.${'1234567890'.repeat(100_000)}`],
])('a number with a million %s is read in linear time', (_, number) => {
  const text = `{"doubtful":0.5,"number":${number}}`; // if all numbers are integers, none is examined
  expect(stringifyJson(parseJson(text)).length).toBeGreaterThan(10);
});
