import { EventEmitter } from 'node:events';
import { createTurns } from '../../../../local/gateway/http-turns';

class FakeSocket extends EventEmitter {
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function prepare(maxWaiting = 10) {
  const takeTurn = createTurns(maxWaiting);
  const socket = new FakeSocket();
  const served: string[] = [];
  const ended: string[] = [];
  const finish: (() => void)[] = [];
  return {
    socket,
    served,
    ended,
    finish,
    ask(name: string) {
      const request = { socket, destroy: () => ended.push(name) };
      takeTurn(request as never, () => {
        served.push(name);
        return new Promise((resolve) => finish.push(resolve));
      });
    },
  };
}

it('requests of one connection are served one after the other', async () => {
  const { served, finish, ask } = prepare();
  for (const name of ['one', 'two']) ask(name);
  expect(served).toEqual(['one']);
  finish[0]?.();
  while (served.length < 2) await new Promise((resolve) => setImmediate(resolve));
  expect(served).toEqual(['one', 'two']);
});

it('those that wait when the connection closes are ended before anybody else hears of the close', () => {
  const { socket, served, ended, ask } = prepare();
  let endedBefore: string[] = [];
  socket.on('close', () => {
    endedBefore = [...ended];
  });
  for (const name of ['one', 'two', 'three']) ask(name);
  socket.destroy();
  expect(endedBefore).toEqual(['two', 'three']);
  expect(served).toEqual(['one']);
  expect(socket.listenerCount('close')).toBe(2);
});

it('a connection that sends more ahead than may wait is cut off', () => {
  const { socket, ask } = prepare(2);
  for (const name of ['one', 'two', 'three']) ask(name);
  expect(socket.destroyed).toBe(false);
  ask('four');
  expect(socket.destroyed).toBe(true);
});
