import { EventEmitter } from 'node:events';
import { createBodyWriter } from '../../../../local/gateway/body-writer';

const SLICE = 131_072;

/** A response whose client reads everything at once, or nothing until the test says so. */
class FakeResponse extends EventEmitter {
  destroyed = false;
  written: number[] = [];
  isEnded = false;

  constructor(readonly reads = true) {
    super();
  }

  write(slice: Buffer): boolean {
    this.written.push(slice.length);
    return this.reads;
  }

  end(slice: Buffer): void {
    this.write(slice);
    this.isEnded = true;
  }
}

function prepare() {
  const turns: (() => void)[] = [];
  const writeBody = createBodyWriter((callback) => turns.push(callback));
  return { write: (response: FakeResponse, bytes: number) => writeBody(response as never, Buffer.alloc(bytes)), turns };
}

it('writes a small body at once', () => {
  const { write, turns } = prepare();
  const response = new FakeResponse();
  write(response, SLICE);
  expect([response.written, response.isEnded, turns]).toEqual([[SLICE], true, []]);
});

it('writes large bodies in four slices a turn in total, and completes them all', () => {
  const { write, turns } = prepare();
  const responses = Array.from({ length: 20 }, () => new FakeResponse());
  for (const response of responses) write(response, 2 * SLICE + 1);
  const slices = () => responses.reduce((sum, { written }) => sum + written.length, 0);
  for (let turn = 1; turn <= 15; turn += 1) {
    expect(slices()).toBe(turn * 4);
    turns.shift()?.();
  }
  expect(responses.map(({ written, isEnded }) => [written, isEnded])).toEqual(
    responses.map(() => [[SLICE, SLICE, 1], true]),
  );
});

it('pauses until the client has read, and stops when it has gone', () => {
  const { write, turns } = prepare();
  const response = new FakeResponse(false);
  write(response, 3 * SLICE);
  while (turns.length > 0) turns.shift()?.();
  expect(response.written).toEqual([SLICE]);
  response.emit('drain');
  expect(response.written).toEqual([SLICE, SLICE]);
  response.destroyed = true;
  response.emit('drain');
  while (turns.length > 0) turns.shift()?.();
  expect([response.written, response.isEnded]).toEqual([[SLICE, SLICE], false]);
});
