import { FairShare, SHARE, SLOW_TURN, TURN } from '../../../../local/gateway/fair-share';
import { Lane } from '../../../../local/gateway/lane';

/** A client that records what is done to it. */
class Client {
  readonly lane = new Lane();
  isBusy = false;
  isPaused = false;
  isSlowed = false;
  isDeaf = false;
  drains = 0;
  accounts = 0;

  constructor(
    readonly name: string,
    readonly origin: string = name,
  ) {}

  /** Chunks of one-byte frames that contain no complete message. */
  take(chunk: Buffer, frames: number): number {
    this.lane.rest = chunk.length > frames ? chunk.subarray(frames) : undefined;
    return Math.min(chunk.length, frames);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  account(): void {
    this.accounts += 1;
  }

  drained(): void {
    this.drains += 1;
  }
}

const SMALL = Buffer.alloc(128, 'x');

let handled: { name: string; text: string }[];
let turns: (() => void)[];
let share: FairShare<Client>;

beforeEach(() => {
  handled = [];
  turns = [];
  share = new FairShare<Client>({
    handle: ({ name }, message) => handled.push({ name, text: message.toString() }),
    nextTurn: (callback) => turns.push(callback),
  });
});

function flood(client: Client, messages: number, message = SMALL): void {
  for (let sent = 0; sent < messages; sent += 1) share.offer(client, message);
}

/** Ends the turn. @returns who was handled in it, in order */
function endTurn(): string[] {
  handled = [];
  for (const callback of turns.splice(0)) callback();
  return handled.map(({ name }) => name);
}

/** Ends turns until nothing waits. @returns the number of turns */
function endAll(): number {
  let count = 0;
  while (turns.length > 0) {
    endTurn();
    count += 1;
  }
  return count;
}

describe('a client', () => {
  it('has 32 small messages handled at once, and 32 more in each later turn', () => {
    const client = new Client('one');
    flood(client, 100);
    expect(handled).toHaveLength(32);
    expect([endTurn(), endTurn(), endTurn()].map(({ length }) => length)).toEqual([32, 32, 4]);
  });

  it('is paused while its messages wait, and resumed afterwards', () => {
    const client = new Client('one');
    flood(client, 100);
    expect(client.isPaused).toBe(true);
    endAll();
    expect(client.isPaused).toBe(false);
    expect(client.drains).toBe(1);
    expect(client.lane.heldBytes).toBe(0);
  });

  it('is never paused and has no held data while it stays within its share', () => {
    const client = new Client('one');
    for (let turn = 0; turn < 10; turn += 1) {
      flood(client, 31);
      expect(client.isPaused).toBe(false);
      expect(client.lane.queue).toBeUndefined();
      endTurn();
    }
  });

  it('has its messages handled in order, whether they wait or not', () => {
    const client = new Client('one');
    const sent = Array.from({ length: 200 }, (_, index) => String(index));
    const seen: string[] = [];
    for (const text of sent) share.offer(client, Buffer.from(text));
    seen.push(...handled.map(({ text }) => text));
    while (turns.length > 0) {
      endTurn();
      seen.push(...handled.map(({ text }) => text));
    }
    expect(seen).toEqual(sent);
  });

  it('pays for a large message with its next turns: bytes count, not only messages', () => {
    const client = new Client('one');
    const large = Buffer.alloc(120_000, 'x');
    flood(client, 3, large);
    expect(handled).toHaveLength(1);
    const turnsPaid = Math.floor((large.length + 512) / SHARE);
    for (let turn = 1; turn < turnsPaid; turn += 1) expect(endTurn()).toEqual([]);
    endAll();
    expect(client.isPaused).toBe(false);
  });

  it('pays for frames that are not messages: pings, pongs and fragments', () => {
    const client = new Client('one');
    share.receive(client, Buffer.alloc(10_000));
    expect(client.isPaused).toBe(true);
    expect(endAll()).toBeGreaterThan(10);
    expect(client.isPaused).toBe(false);
  });

  it('has a chunk of many frames parsed in portions', () => {
    const client = new Client('one');
    share.receive(client, Buffer.alloc(1_000));
    expect(client.lane.rest).toHaveLength(1_000 - 128);
    endTurn();
    expect(client.lane.rest).toHaveLength(1_000 - 256);
    endAll();
    expect(client.lane.rest).toBeUndefined();
    expect(client.isPaused).toBe(false);
  });

  it('waits until it is woken if it is busy, and delays no other client', () => {
    const [busy, other] = [new Client('busy'), new Client('other')];
    busy.isBusy = true;
    flood(busy, 10);
    flood(other, 40);
    expect(endTurn()).toEqual(Array(8).fill('other'));
    expect(busy.isPaused).toBe(true);
    busy.isBusy = false;
    share.wake(busy);
    expect(endTurn()).toEqual(Array(10).fill('busy'));
    expect(busy.isPaused).toBe(false);
  });

  it('reports its held bytes again in the turn after it was paused', () => {
    const client = new Client('one');
    client.isBusy = true;
    flood(client, 1);
    endTurn();
    expect(client.accounts).toBe(0);
    endTurn();
    expect([client.accounts, turns]).toEqual([1, []]);
  });

  it('is paused after each chunk until its turn, if it is slowed down', () => {
    const client = new Client('one');
    client.isSlowed = true;
    share.receive(client, Buffer.alloc(8));
    expect([client.isPaused, client.lane.rest]).toEqual([true, undefined]);
    endTurn();
    expect(client.isPaused).toBe(false);
  });

  it('keeps no data after its data was dropped', () => {
    const client = new Client('one');
    flood(client, 100);
    client.isDeaf = true;
    client.take = () => {
      client.lane.rest = undefined;
      return 1_000;
    };
    share.receive(client, Buffer.alloc(10_000));
    share.receive(client, Buffer.alloc(10_000));
    expect([client.isPaused, client.lane.rest]).toEqual([true, undefined]);
  });

  it('is resumed when it is woken, if it was busy with nothing waiting', () => {
    const client = new Client('one');
    flood(client, 1);
    client.isBusy = true;
    flood(client, 1);
    client.isBusy = false;
    share.wake(client);
    endAll();
    expect(client.isPaused).toBe(false);
    expect(client.drains).toBe(1);
  });

  it('has no messages handled after its messages were dropped', () => {
    const client = new Client('one');
    flood(client, 100);
    share.drop(client);
    endAll();
    expect(client.lane.heldBytes).toBe(0);
    expect(handled).toEqual([]);
  });
});

describe('a flood', () => {
  it('does not delay the single message of another client', () => {
    const [flooder, other] = [new Client('flooder'), new Client('other')];
    flood(flooder, 10_000);
    endTurn();
    handled = [];
    share.offer(other, SMALL);
    expect(handled.map(({ name }) => name)).toEqual(['other']);
  });

  it('from many clients stays within the budget of each turn, and all of them progress', () => {
    const flooders = Array.from({ length: 100 }, (_, index) => new Client(`flooder ${index}`));
    for (const flooder of flooders) flood(flooder, 64);
    const most = TURN / (512 + SMALL.length) + 32;
    const served = new Set<string>();
    while (turns.length > 0) {
      const names = endTurn();
      expect(names.length).toBeLessThanOrEqual(most);
      for (const name of names) served.add(name);
    }
    expect(served.size).toBe(100);
    expect(flooders.filter(({ isPaused, lane }) => isPaused || lane.queue)).toEqual([]);
  });

  it('of many frames does not delay clients that send one small message', () => {
    const flooders = Array.from({ length: 1_000 }, (_, index) => new Client(`flooder ${index}`));
    for (const flooder of flooders) share.receive(flooder, Buffer.alloc(10_000));
    const parsed = () => flooders.reduce((sum, { lane }) => sum + 10_000 - (lane.rest?.length ?? 0), 0);
    const before = parsed();
    share.offer(new Client('other'), SMALL);
    expect(handled.map(({ name }) => name)).toEqual(['other']);
    endTurn();
    expect(parsed() - before).toBeLessThan(3_000);
  });

  it('from many clients leaves room in each turn for a single message of another client', () => {
    const flooders = Array.from({ length: 100 }, (_, index) => new Client(`flooder ${index}`));
    for (const flooder of flooders) flood(flooder, 1_000);
    endTurn();
    handled = [];
    share.offer(new Client('other'), SMALL);
    expect(handled.map(({ name }) => name)).toEqual(['other']);
  });

  it('of small data from many clients costs at most twice the budget of a turn', () => {
    const senders = Array.from({ length: 2_000 }, (_, index) => new Client(`sender ${index}`));
    for (const sender of senders) share.receive(sender, Buffer.alloc(128));
    const taken = senders.filter(({ lane }) => lane.rest === undefined);
    expect(taken).toHaveLength((2 * TURN) / (128 * 64));
  });

  it('from many clients of one address delays another address like a flood from one client', () => {
    const flooders = Array.from({ length: 1_000 }, (_, index) => new Client(`flooder ${index}`, 'address'));
    const other = new Client('other');
    for (const flooder of flooders) flood(flooder, 100);
    flood(other, 200);
    const needed: number[] = [];
    for (let turn = 1; other.lane.queue; turn += 1) if (endTurn().includes('other')) needed.push(turn);
    expect(needed.at(-1)).toBeLessThan(10);
  });

  it('from many clients does not delay a client that falls behind for the first time', () => {
    const flooders = Array.from({ length: 1_000 }, (_, index) => new Client(`flooder ${index}`, 'address'));
    for (const flooder of flooders) flood(flooder, 1_000);
    for (let turn = 0; turn < 600; turn += 1) endTurn(); // until each has been served once, and has more
    const other = new Client('other', 'address');
    flood(other, 40);
    expect(other.lane.queue).toBeDefined();
    expect(endTurn()).toContain('other');
  });

  it('of fragments costs a small part of each turn, however many clients send them', () => {
    const flooders = Array.from({ length: 1_000 }, (_, index) => new Client(`flooder ${index}`));
    for (const flooder of flooders) {
      flooder.isSlowed = true;
      share.receive(flooder, Buffer.alloc(10_000));
    }
    const parsed = () => flooders.reduce((sum, { lane }) => sum + 10_000 - (lane.rest?.length ?? 0), 0);
    expect(parsed()).toBe(0);
    for (let turn = 1; turn <= 20; turn += 1) {
      endTurn();
      expect(parsed()).toBeLessThanOrEqual(turn * (SLOW_TURN / 64 + 128));
      expect(parsed()).toBeGreaterThan((turn - 1) * (SLOW_TURN / 64));
    }
  });
});
