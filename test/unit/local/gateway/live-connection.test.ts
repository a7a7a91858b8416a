/** What a connection reports about the bytes held for its client. */
import { WebSocket } from 'ws';
import { FrameHeaders } from '../../../../local/gateway/frame-headers';
import { HeldBytes } from '../../../../local/gateway/held-bytes';
import { Inbound } from '../../../../local/gateway/inbound';
import { LiveConnection } from '../../../../local/gateway/live-connection';
import { createTestClock } from '../../../support/gateway-clock';

const MAX_UNSENT_BYTES = 100_000;

/** A connection whose client reads when the test says so; until then, what is written stays in `buffered`. */
function connect(heldBytes = 1_000_000) {
  const buffered: { bytes: number; callback: (() => void) | undefined }[] = [];
  const socket = {
    readyState: WebSocket.OPEN as number,
    firstClose: undefined,
    get bufferedAmount() {
      return buffered.reduce((sum, { bytes }) => sum + bytes, 0);
    },
    terminate() {
      socket.readyState = WebSocket.CLOSED;
      stream.destroyed = true;
    },
    pause() {},
    resume() {},
  };
  const passedOn: string[] = [];
  const listeners = (event: string) => [() => passedOn.push(event)];
  const write = (frames: string | Buffer, _encoding: string, callback?: () => void) =>
    buffered.push({ bytes: frames.length, callback });
  const stream = { destroyed: false, readableLength: 0, write, listeners, off() {} };
  const cutOff: LiveConnection[] = [];
  const clock = createTestClock();
  const held = new HeldBytes({ max: heldBytes, now: clock.monotonic, onCutOff() {} });
  const context = {
    held,
    clock,
    maxUnsentBytes: MAX_UNSENT_BYTES,
    freed() {},
    onCutOff: (one: LiveConnection) => cutOff.push(one),
    onMisuse() {},
  };
  const connection = new LiveConnection(
    { identity: { sourceIp: '192.0.2.1' } } as never,
    socket as never,
    stream as never,
    new Inbound(socket as never, stream as never, new FrameHeaders(1_000)),
    context,
  );
  return {
    connection,
    held,
    cutOff,
    stream,
    /** What `ws` hears about the stream. */
    passedOn,
    /** The client reads this many frames. */
    read(frames = buffered.length) {
      for (const { callback } of buffered.splice(0, frames)) callback?.();
    },
  };
}

it('an unread frame counts 512 bytes more than its size', () => {
  const { connection, held } = connect();
  for (let sent = 0; sent < 100; sent += 1) connection.send('0123456789');
  expect(held.total).toBeGreaterThan(99 * 512);
  expect(held.total).toBeLessThan(100 * 600);
});

it('a client is cut off by the memory of its unread frames, not only by their contents', () => {
  const { connection, held } = connect();
  let sent = 0;
  while (connection.send('0123456789')) sent += 1;
  expect(sent).toBeLessThan(MAX_UNSENT_BYTES / 512 + 2);
  connection.account();
  expect(held.total).toBe(0);
});

it('nothing is held once everything is read, and a client that always lags slightly is not cut off', () => {
  const { connection, held, read } = connect();
  for (let sent = 0; sent < 10_000; sent += 1) {
    expect(connection.send('0123456789')).toBe(true);
    if (sent > 5) read(1);
  }
  expect(held.total).toBeLessThan(10 * 600);
  read();
  connection.account();
  expect(held.total).toBe(0);
});

it('a connection cut off at the total limit is reported once and no longer counts', () => {
  const { connection, held, cutOff } = connect(50_000);
  connection.send('x'.repeat(60_000));
  expect(cutOff).toEqual([connection]);
  expect(held.total).toBe(0);
  expect(connection.send('more')).toBe(false);
});

it('data that is not read from the socket counts while the connection is paused', () => {
  const { connection, held, stream } = connect();
  stream.readableLength = 65_536;
  connection.lane.isPaused = true;
  connection.pause();
  expect(held.total).toBe(65_536);
  connection.lane.isPaused = false;
  connection.resume();
  expect(held.total).toBe(0);
});

describe('the end of a client’s data', () => {
  const ping = Buffer.from([0x89, 0x80, 0, 0, 0, 0]);

  it('is passed on after the waiting data', () => {
    const { connection, passedOn } = connect();
    connection.lane.rest = ping;
    connection.inputEnds();
    expect(passedOn).toEqual([]);
    connection.take(ping, 100, false);
    expect(passedOn).toEqual(['data', 'end']);
  });

  it('is passed on at once if nothing waits', () => {
    const { connection, passedOn } = connect();
    connection.inputEnds();
    expect(passedOn).toEqual(['end']);
  });

  it('is not passed on after the connection was cut off, when ws has detached from the stream', () => {
    const { connection, stream, passedOn } = connect();
    connection.lane.rest = ping;
    connection.inputEnds();
    stream.destroyed = true;
    connection.take(ping, 100, false);
    expect(passedOn).toEqual([]);
  });
});
