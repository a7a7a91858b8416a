import { MAX_WAITING, Misuse } from '../../../../local/gateway/misuse';
import { createTestClock } from '../../../support/gateway-clock';

const ADDRESS = '192.0.2.1';

function prepare() {
  const clock = createTestClock();
  const misuse = new Misuse(clock);
  const begun: string[] = [];
  return {
    clock,
    misuse,
    begun,
    cutOff(times: number, address = ADDRESS) {
      for (let count = 0; count < times; count += 1) misuse.add(address);
    },
    enter: (name: string, address = ADDRESS, isGone = () => false) =>
      misuse.enter(address, { begin: () => begun.push(name), isGone }),
  };
}

it('fifty cut-offs of an address do not slow it down', () => {
  const { begun, cutOff, enter } = prepare();
  cutOff(50);
  expect(enter('one')).toBe(true);
  expect(begun).toEqual(['one']);
});

it('after more, handshakes of the address start one by one in order, and those of other addresses at once', () => {
  const { clock, begun, cutOff, enter } = prepare();
  cutOff(51);
  for (const name of ['one', 'two', 'three']) expect(enter(name)).toBe(true);
  expect(enter('other', '192.0.2.2')).toBe(true);
  expect(begun).toEqual(['other']);
  for (const name of ['one', 'two', 'three']) {
    clock.advance(50);
    expect(begun.at(-1)).toBe(name);
  }
});

it('handshakes beyond the maximum that may wait are refused until there is room', () => {
  const { clock, cutOff, enter } = prepare();
  cutOff(51);
  for (let count = 0; count < MAX_WAITING; count += 1) expect(enter(`${count}`)).toBe(true);
  expect(enter('more')).toBe(false);
  clock.advance(50);
  expect(enter('more')).toBe(true);
  expect(enter('still more')).toBe(false);
});

it('a handshake whose client has gone gives up its place, and delays nobody', () => {
  const { clock, begun, cutOff, enter } = prepare();
  cutOff(51);
  let isGone = false;
  for (let count = 0; count < MAX_WAITING; count += 1) enter('impatient', ADDRESS, () => isGone);
  isGone = true;
  expect(enter('patient')).toBe(true);
  clock.advance(50);
  expect(begun).toEqual(['patient']);
});

it('an address is no longer slowed seconds after its last cut-off, however many there were', () => {
  const { clock, begun, cutOff, enter } = prepare();
  cutOff(10_000);
  clock.advance(9_999);
  enter('one');
  expect(begun).toEqual([]);
  clock.advance(50);
  enter('two');
  expect(begun).toEqual(['one', 'two']);
});

it('addresses of one IPv6 network count as one', () => {
  const { begun, cutOff, enter } = prepare();
  cutOff(51, '2001:db8:1:2::1');
  enter('same network', '2001:db8:1:2::2');
  enter('other network', '2001:db8:1:3::1');
  expect(begun).toEqual(['other network']);
});

it('above the maximum of addresses the oldest is forgotten', () => {
  const { begun, cutOff, enter } = prepare();
  cutOff(51, '192.0.2.1');
  cutOff(51, '192.0.2.2');
  for (let count = 0; count < 9_999; count += 1) cutOff(1, `10.0.${count >> 8}.${count & 255}`);
  enter('forgotten', '192.0.2.1');
  enter('known', '192.0.2.2');
  expect(begun).toEqual(['forgotten']);
});
