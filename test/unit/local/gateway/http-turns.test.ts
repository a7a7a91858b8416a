import { EventEmitter } from 'node:events';
import { createTurns } from '../../../../local/gateway/http-turns';

class FakeSocket extends EventEmitter {
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function prepare(waitingRequests = 10, takeTurn = createTurns({ waitingRequests, allWaitingRequests: 5 })) {
  const socket = new FakeSocket();
  const served: string[] = [];
  const ended: string[] = [];
  const finish: (() => void)[] = [];
  return {
    takeTurn,
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

it('waiting requests are destroyed before other listeners of the close run', () => {
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

it('a connection that pipelines too many requests is cut off', () => {
  const { socket, ask } = prepare(2);
  for (const name of ['one', 'two', 'three']) ask(name);
  expect(socket.destroyed).toBe(false);
  ask('four');
  expect(socket.destroyed).toBe(true);
});

it('a connection is cut off if too many requests wait in total, but not once they are served or gone', async () => {
  const one = prepare();
  const others = [1, 2, 3].map(() => prepare(10, one.takeTurn));
  for (let count = 0; count < 6; count += 1) one.ask(`${count}`);
  expect(one.socket.destroyed).toBe(false);
  others[0]?.ask('served');
  others[0]?.ask('too many');
  expect([one.socket.destroyed, others[0]?.socket.destroyed]).toEqual([false, true]);
  one.finish[0]?.();
  while (one.served.length < 2) await new Promise((resolve) => setImmediate(resolve));
  for (const name of ['served', 'waits']) others[1]?.ask(name);
  expect(others[1]?.socket.destroyed).toBe(false);
  one.socket.destroy();
  one.finish[1]?.();
  await new Promise((resolve) => setImmediate(resolve));
  for (let count = 0; count < 5; count += 1) others[2]?.ask(`${count}`);
  expect(others[2]?.socket.destroyed).toBe(false);
  others[2]?.ask('too many');
  expect(others[2]?.socket.destroyed).toBe(true);
});
