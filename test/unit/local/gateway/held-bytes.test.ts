/** Which holder is cut off when a process holds too much. */
import { createHold, HeldBytes } from '../../../../local/gateway/held-bytes';

function prepare(max: number) {
  let time = 0;
  const cut: string[] = [];
  const held = new HeldBytes({ max, now: () => time, onCutOff() {} });
  return {
    held,
    cut,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    hold: (name: string) => createHold(held, () => cut.push(name)),
  };
}

it('no holder is cut off below the limit', () => {
  const { held, cut, hold } = prepare(100);
  const [one, two] = [hold('one'), hold('two')];
  one.add(60);
  two.add(40);
  expect([held.total, cut]).toEqual([100, []]);
  one.release();
  two.add(60);
  two.release();
  expect([held.total, cut]).toEqual([0, []]);
});

it('the largest holders are cut off until the rest fits', () => {
  const { held, cut, hold } = prepare(100);
  for (const [name, bytes] of Object.entries({ small: 10, large: 50, middle: 30 })) hold(name).add(bytes);
  hold('last').add(20);
  expect([held.total, cut]).toEqual([60, ['large']]);
  hold('huge').add(100);
  expect([held.total, cut]).toEqual([60, ['large', 'huge']]);
});

it('an old holder is cut off before a newer one with more bytes', () => {
  const { cut, hold, pass } = prepare(100);
  hold('patient').add(40);
  pass(10_000);
  hold('fresh').add(70);
  expect(cut).toEqual(['patient']);
});

it('a holder that was cut off no longer counts, and cannot add bytes', () => {
  const { held, cut, hold } = prepare(100);
  const one = hold('one');
  one.add(150);
  one.add(50);
  one.release();
  one.release();
  expect([held.total, cut]).toEqual([0, ['one']]);
});
