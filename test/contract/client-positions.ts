/** What every ClientStore must do with positions, sender numbers, and pushes. Part of `client-store.ts`. */

import { type ClientConnection, type ClientStore, REMEMBERED_NUMBERS } from '../../lambdas/ports/client-store';
import { isoTime } from '../../lambdas/ports/runtime';
import { SESSION_TTL_SECONDS } from '../../lambdas/protocol/limits';
import type { SenderNumber } from '../../lambdas/protocol/marks';
import type { FakeClock } from '../support/fake-clock';
import type { ClientStoreUnderTest } from './under-test';
import { HISTORY_SECONDS } from './under-test';

/** Milliseconds after which another handler may take a message over; any other value would do. */
const LEASE = 30_000;

export function describeClientPositions(name: string, create: () => Promise<ClientStoreUnderTest>): void {
  describe(`positions ${name}`, () => {
    let store: ClientStore;
    let clock: FakeClock;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, clock, close } = await create());
    });
    afterEach(() => close());

    const now = () => isoTime(clock.now());

    async function connect(clientId: string, changes?: Partial<ClientConnection>): Promise<ClientConnection> {
      const connection = { clientId, connectionId: `${clientId}/conn=`, connectedAt: now(), labels: [], ...changes };
      await store.connect(connection);
      return connection;
    }

    /** A durable message with a sender number. */
    function send(connection: ClientConnection, sent: SenderNumber) {
      return store.receive(connection, now(), 'durable', { sent });
    }

    const sentAs = (number: number, sender = 'program'): SenderNumber => ({ sender, number });

    describe('counters', () => {
      test('begin at 0, and are returned by a connect and by a read', async () => {
        const connection = await connect('a');
        const { position } = await store.connect(connection);
        expect(position).toEqual({ epoch: expect.stringMatching(/^[0-9a-z]{13}$/), seq: 0 });
        await store.receive(connection, now(), 'durable');
        expect(await store.get('a')).toMatchObject({ position: { ...position, seq: 1 } });
        expect(await store.getMany(['a'])).toMatchObject([{ position: { ...position, seq: 1 } }]);
        expect(await store.connect(connection)).toEqual({ position: { ...position, seq: 1 } });
      });

      test('continue after a reconnect, and after an absence as long as the history', async () => {
        const connection = await connect('a');
        const first = await store.receive(connection, now(), 'durable');
        await store.disconnect('a', connection.connectionId);
        clock.advance(HISTORY_SECONDS * 1_000);
        const again = await connect('a', { connectionId: 'again' });
        const { position } = await store.receive(again, now(), 'durable');
        expect(position).toEqual({ epoch: first.position.epoch, seq: 2 });
      });

      test('are shared by messages, pushes and late answers', async () => {
        const connection = await connect('a', { labels: ['acme'] });
        const { position } = await store.receive(connection, now(), 'durable');
        expect(await store.startPush('a')).toEqual({ connection, position: { ...position, seq: 2 } });
        expect(await store.takePosition('a')).toEqual({ ...position, seq: 3 });
        expect((await store.receive(connection, now(), 'durable')).position).toEqual({ ...position, seq: 4 });
      });

      test('of two clients are independent', async () => {
        const [one, other] = [await connect('a'), await connect('b')];
        await store.receive(one, now(), 'durable');
        expect(await store.receive(other, now(), 'durable')).toMatchObject({ position: { seq: 1 } });
      });

      test('assign each position once, whoever requests it', async () => {
        const connection = await connect('a');
        const taken = await Promise.all(
          Array.from({ length: 60 }, async (_, index) => {
            if (index % 3 === 0) return (await store.startPush('a'))?.position.seq;
            if (index % 3 === 1) return (await store.takePosition('a')).seq;
            return (await store.receive(connection, now(), 'durable')).position.seq;
          }),
        );
        expect(taken.sort((one = 0, other = 0) => one - other)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
      });

      test('start with the answer for a client without a record', async () => {
        const position = await store.takePosition('a');
        expect(position).toEqual({ epoch: expect.stringMatching(/^[0-9a-z]{13}$/), seq: 1 });
        expect(await store.get('a')).toBeUndefined();
        const connected = await store.connect({ clientId: 'a', connectionId: 'c', connectedAt: now(), labels: [] });
        expect(connected).toEqual({ position });
      });
    });

    describe('acknowledgements', () => {
      test('of any message are stored, and outlive the connection', async () => {
        const connection = await connect('a');
        await store.receive(connection, now(), 'durable');
        await store.receive(connection, now(), 'transient', { acked: 1 });
        expect(await store.get('a')).toMatchObject({ ackedSeq: 1 });
        await store.receive(connection, now(), 'durable');
        expect(await store.getMany(['a'])).toMatchObject([{ ackedSeq: 1 }]);
        await store.disconnect('a', connection.connectionId);
        await connect('a', { connectionId: 'again' });
        expect(await store.get('a')).toMatchObject({ ackedSeq: 1 });
      });

      test('never decrease, and never exceed the last position', async () => {
        const connection = await connect('a');
        const ackedAfter = async (acked: number) => {
          await store.receive(connection, now(), 'transient', { acked });
          return (await store.get('a'))?.ackedSeq;
        };
        expect(await ackedAfter(7)).toBe(0);
        for (let count = 0; count < 5; count += 1) await store.startPush('a');
        expect(await store.get('a')).toMatchObject({ ackedSeq: 0 });
        expect([await ackedAfter(3), await ackedAfter(2), await ackedAfter(3)]).toEqual([3, 3, 3]);
        expect([await ackedAfter(6), await ackedAfter(4)]).toEqual([5, 5]);
        await store.startPush('a');
        expect(await store.get('a')).toMatchObject({ ackedSeq: 5, position: { seq: 6 } });
        const counted = 6;
        expect(await store.get('a')).toMatchObject({ messageCount: counted });
        for (const acked of [100, 1]) await store.receive(connection, now(), 'durable', { acked, sent: sentAs(acked) });
        expect(await store.get('a')).toMatchObject({ ackedSeq: 6, messageCount: counted + 2, position: { seq: 8 } });
      });

      test('from a client that was marked gone, or on a replaced connection, block no message', async () => {
        const old = await connect('a', { connectionId: 'old' });
        await store.startPush('a');
        await store.markGone('a', 'old');
        await store.receive(old, now(), 'transient', { acked: 9 });
        expect(await store.get('a')).toMatchObject({ ...old, ackedSeq: 1 });
        clock.advance(1_000);
        const newer = await connect('a', { connectionId: 'new' });
        await store.startPush('a');
        for (const acked of [9, 1]) await store.receive(old, now(), 'transient', { acked });
        expect(await store.get('a')).toMatchObject({ ...newer, ackedSeq: 2, messageCount: 2 });
        const unknown = { ...old, clientId: 'b' };
        await store.receive(unknown, now(), 'transient', { acked: 1 });
        expect(await store.get('b')).toMatchObject({ ackedSeq: 0, messageCount: 1 });
      });

      test('are accepted with a numbered message, and with its repeat', async () => {
        const connection = await connect('a');
        await store.receive(connection, now(), 'durable', { sent: sentAs(1), acked: 0 });
        expect(await store.get('a')).toMatchObject({ ackedSeq: 0 });
        await store.receive(connection, now(), 'durable', { sent: sentAs(1), acked: 1 });
        expect(await store.get('a')).toMatchObject({ ackedSeq: 1 });
      });
    });

    describe('a numbered message', () => {
      test('takes a position once; a repeat is counted, and gets the position of the answer', async () => {
        const connection = await connect('a');
        const first = await send(connection, sentAs(1));
        expect(first.repeat).toBeUndefined();
        const takenAt = clock.now();
        clock.advance(1_234);
        const second = await send(connection, sentAs(2));
        expect(second).toMatchObject({ position: { seq: 2 } });
        clock.advance(1_000);
        const repeat = { position: first.position, takenAt };
        expect(await send(connection, sentAs(1))).toMatchObject({ position: second.position, repeat });
        expect(await store.get('a')).toMatchObject({ messageCount: 3, lastActivity: now(), position: second.position });
      });

      test('that is deferred takes no position; its answer does, and a repeat then finds it', async () => {
        const connection = await connect('a');
        const defer = () => store.receive(connection, now(), 'deferred', { sent: sentAs(1) });
        const takenAt = clock.now();
        const { position, repeat } = await defer();
        expect([position.seq, repeat]).toEqual([0, undefined]);
        clock.advance(10);
        expect((await defer()).repeat).toEqual({ position: { ...position, seq: 0 }, takenAt });
        expect(await send(connection, sentAs(2))).toMatchObject({ position: { seq: 1 } });
        expect(await store.takePosition('a', sentAs(1))).toEqual({ ...position, seq: 2 });
        expect((await defer()).repeat).toMatchObject({ position: { ...position, seq: 2 } });
        expect(await store.get('a')).toMatchObject({ messageCount: 4, position: { seq: 2 } });
      });

      test('that is deferred without a number is counted, and takes no position', async () => {
        const connection = await connect('a');
        expect(await store.receive(connection, now(), 'deferred')).toMatchObject({ position: { seq: 0 } });
        expect(await store.get('a')).toMatchObject({ messageCount: 1, position: { seq: 0 } });
      });

      test('is recognized on the next connection, and after an absence', async () => {
        const connection = await connect('a');
        const { position } = await send(connection, sentAs(1));
        await store.disconnect('a', connection.connectionId);
        clock.advance(60_000);
        const again = await connect('a', { connectionId: 'again' });
        expect(await send(again, sentAs(1))).toMatchObject({ repeat: { position } });
        expect(await send(again, sentAs(2))).toMatchObject({ position: { seq: 2 } });
      });

      test('is distinguished from one of another sender', async () => {
        const connection = await connect('a');
        await send(connection, sentAs(1, 'one'));
        const other = await send(connection, sentAs(1, 'other'));
        expect(other.repeat).toBeUndefined();
        expect(other.position.seq).toBe(2);
      });

      test('may arrive out of order', async () => {
        const connection = await connect('a');
        for (const number of [3, 1, 2]) {
          const receipt = await send(connection, sentAs(number));
          expect(receipt.repeat).toBeUndefined();
        }
        expect(await send(connection, sentAs(1))).toMatchObject({ repeat: { position: { seq: 2 } } });
      });

      test(`is remembered while it is one of the last ${REMEMBERED_NUMBERS}; an older one is a repeat without a position`, async () => {
        const connection = await connect('a');
        for (let number = 1; number <= REMEMBERED_NUMBERS + 1; number++) await send(connection, sentAs(number));
        const oldest = await send(connection, sentAs(1));
        expect(oldest.repeat).toBeDefined();
        expect(oldest.repeat?.position).toBeUndefined();
        expect(oldest.position.seq).toBe(REMEMBERED_NUMBERS + 1);
        expect((await send(connection, sentAs(2))).repeat?.position).toMatchObject({ seq: 2 });
        expect((await send(connection, sentAs(33))).repeat?.position).toMatchObject({ seq: 33 });
      });

      test('is new for one of 20 concurrent copies, and the others find its position', async () => {
        const connection = await connect('a');
        const receipts = await Promise.all(Array.from({ length: 20 }, () => send(connection, sentAs(1))));
        const fresh = receipts.filter(({ repeat }) => repeat === undefined);
        expect(fresh).toHaveLength(1);
        for (const { repeat } of receipts) if (repeat) expect(repeat.position).toEqual(fresh[0]?.position);
        expect(await store.get('a')).toMatchObject({ messageCount: 20, position: { seq: 1 } });
      });

      test('brings back a client that was marked gone, whether it is new or a repeat', async () => {
        const connection = await connect('a');
        await store.markGone('a', connection.connectionId);
        const { position } = await send(connection, sentAs(1));
        expect(await store.get('a')).toMatchObject(connection);
        await store.markGone('a', connection.connectionId);
        clock.advance(10);
        expect(await send(connection, sentAs(1))).toMatchObject({ repeat: { position } });
        expect(await store.get('a')).toMatchObject({ ...connection, lastActivity: now() });
        expect(await store.count()).toBe(1);
      });

      test('that arrives late, on a disconnected or replaced connection, is counted and changes nothing else', async () => {
        const old = await connect('a', { connectionId: 'old' });
        clock.advance(1_000);
        const newer = await connect('a', { connectionId: 'new' });
        expect(await send(old, sentAs(1))).toMatchObject({ position: { seq: 1 } });
        expect(await send(old, sentAs(1))).toMatchObject({ repeat: { position: { seq: 1 } } });
        expect(await store.get('a')).toMatchObject({ ...newer, messageCount: 2 });
        await store.disconnect('a', 'new');
        expect(await send(newer, sentAs(2))).toMatchObject({ position: { seq: 2 } });
        expect(await send(newer, sentAs(2))).toMatchObject({ repeat: { position: { seq: 2 } } });
        expect(await store.get('a')).toBeUndefined();
      });

      test('brings its client online even if the client’s record is missing', async () => {
        const connection = { clientId: 'a', connectionId: 'c', connectedAt: now(), labels: ['acme'] };
        expect(await send(connection, sentAs(7))).toMatchObject({ position: { seq: 1 } });
        expect(await store.get('a')).toMatchObject({ ...connection, messageCount: 1 });
      });

      test('that was refused is handled when it is repeated, once its number was forgotten', async () => {
        const connection = await connect('a');
        const first = await send(connection, sentAs(1));
        await store.forgetNumber('a', sentAs(1));
        const second = await send(connection, sentAs(1));
        expect(second.repeat).toBeUndefined();
        expect(second.position).toEqual({ ...first.position, seq: 2 });
      });
    });

    describe('forgetting a number', () => {
      test('leaves newer numbers in its slot, other senders and other clients unchanged', async () => {
        const connection = await connect('a');
        await send(connection, sentAs(1));
        await send(connection, sentAs(1 + REMEMBERED_NUMBERS));
        await store.forgetNumber('a', sentAs(1));
        await store.forgetNumber('a', sentAs(33, 'other'));
        await store.forgetNumber('a', sentAs(5));
        await store.forgetNumber('nobody', sentAs(1));
        expect(await send(connection, sentAs(33))).toMatchObject({ repeat: { position: { seq: 2 } } });
        expect(await store.startPush('nobody', true)).toBeUndefined();
      });
    });

    describe('taking another position', () => {
      test('moves a repeat to that position', async () => {
        const connection = await connect('a');
        await send(connection, sentAs(1));
        clock.advance(1_000);
        const late = await store.takePosition('a', sentAs(1));
        expect(late.seq).toBe(2);
        expect(await send(connection, sentAs(1))).toMatchObject({ repeat: { position: late, takenAt: clock.now() } });
      });

      test('for a number that is not remembered only takes the position', async () => {
        const connection = await connect('a');
        await send(connection, sentAs(33));
        expect(await store.takePosition('a', sentAs(1))).toMatchObject({ seq: 2 });
        expect(await store.takePosition('a', sentAs(5))).toMatchObject({ seq: 3 });
        expect((await send(connection, sentAs(5))).repeat).toBeUndefined();
        expect(await send(connection, sentAs(33))).toMatchObject({ repeat: { position: { seq: 1 } } });
      });

      test('works for a client that has left', async () => {
        const connection = await connect('a');
        await send(connection, sentAs(1));
        await store.disconnect('a', connection.connectionId);
        const late = await store.takePosition('a', sentAs(1));
        expect(late.seq).toBe(2);
        expect(await store.get('a')).toBeUndefined();
        const again = await connect('a', { connectionId: 'again' });
        expect(await send(again, sentAs(1))).toMatchObject({ repeat: { position: late } });
      });
    });

    describe('taking over a message', () => {
      test('assigns a new position, for exactly one of 20 concurrent attempts', async () => {
        const connection = await connect('a');
        await send(connection, sentAs(1));
        clock.advance(LEASE);
        const { repeat } = await send(connection, sentAs(1));
        const takenAt = repeat?.takenAt ?? 0;
        const all = await Promise.all(Array.from({ length: 20 }, () => store.takeOver('a', sentAs(1), takenAt)));
        const won = all.filter((position) => position !== undefined);
        expect(won).toMatchObject([{ seq: 2 }]);
        const [position] = won;
        expect(await send(connection, sentAs(1))).toMatchObject({ repeat: { position, takenAt: clock.now() } });
      });

      test('fails if its handler has since taken another position', async () => {
        const connection = await connect('a');
        await send(connection, sentAs(1));
        const takenAt = clock.now();
        clock.advance(LEASE);
        await store.takePosition('a', sentAs(1));
        expect(await store.takeOver('a', sentAs(1), takenAt)).toBeUndefined();
      });

      test.each([
        ['of an unknown client', 'nobody', sentAs(1)],
        ['of another sender', 'a', sentAs(1, 'other')],
        ['of a number that was never sent', 'a', sentAs(2)],
        ['of a number that was replaced by a newer one', 'a', sentAs(33 - REMEMBERED_NUMBERS)],
      ])('fails for one %s, and takes no position', async (_, clientId, sent) => {
        const connection = await connect('a');
        await send(connection, sentAs(33));
        const takenAt = clock.now();
        clock.advance(LEASE);
        expect(await store.takeOver(clientId, sent, takenAt)).toBeUndefined();
        expect(await store.get('a')).toMatchObject({ position: { seq: 1 } });
        expect(await store.startPush('nobody', true)).toBeUndefined();
      });
    });

    describe('a push', () => {
      const absences: [string, () => Promise<unknown>][] = [
        ['disconnected', async () => store.disconnect('a', (await connect('a')).connectionId)],
        ['gone', async () => store.markGone('a', (await connect('a')).connectionId)],
        [
          'past the end of its session',
          async () => {
            await connect('a');
            clock.advance(SESSION_TTL_SECONDS * 1_000);
          },
        ],
      ];

      test('is not counted as a message', async () => {
        await connect('a');
        await store.startPush('a');
        expect(await store.get('a')).toMatchObject({ messageCount: 0 });
      });

      test.each([['unknown', async () => {}], ...absences])(
        'to a client that is %s does not start, and takes no position',
        async (_, prepare) => {
          await prepare();
          expect(await store.startPush('a')).toBeUndefined();
          await connect('a', { connectionId: 'again' });
          expect(await store.get('a')).toMatchObject({ position: { seq: 0 } });
        },
      );

      test.each(absences)(
        'that may be held starts for a client that is %s, without a connection',
        async (_, prepare) => {
          await prepare();
          const push = await store.startPush('a', true);
          expect(push).toEqual({ connection: undefined, position: { epoch: expect.any(String), seq: 1 } });
          const again = await connect('a', { connectionId: 'again' });
          expect(await store.get('a')).toMatchObject({ position: push?.position });
          expect(await store.startPush('a', true)).toMatchObject({ connection: again, position: { seq: 2 } });
        },
      );

      test.each([
        ['unknown', 'nobody'],
        ['empty', ''],
        ['too long', 'x'.repeat(3_000)],
        ['half a character', '\ud800'],
      ])('that may be held does not start for a client id that is %s', async (_, clientId) => {
        expect(await store.startPush(clientId, true)).toBeUndefined();
        expect(await store.startPush(clientId)).toBeUndefined();
      });

      test('that may be held starts as long as the client’s record lives, and prolongs it', async () => {
        const life = (HISTORY_SECONDS + 86_400) * 1_000;
        const { connectionId } = await connect('a');
        await store.disconnect('a', connectionId);
        clock.advance(life - 2_000);
        const first = await store.startPush('a', true);
        clock.advance(life - 2_000);
        expect((await store.startPush('a', true))?.position).toEqual({ epoch: first?.position.epoch, seq: 2 });
        clock.advance(life + 2_000);
        expect(await store.startPush('a', true)).toBeUndefined();
      });
    });
  });
}
