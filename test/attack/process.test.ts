/** A server with a heap of 512 MiB under attack: it survives, uses less than 700 MB, serves its clients, and logs no warnings. */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type ChildServer, startChildServer } from '../support/child-server';
import { call } from '../support/http';
import { frame, openRaw } from '../support/raw-client';
import { TestClient } from '../support/test-client';

/** Only Linux reports the memory of another process. */
const canMeasure = process.platform === 'linux';
const MOST_BYTES = 700_000_000;

let server: ChildServer;
let bystander: TestClient;
const sockets: Socket[] = [];

beforeAll(async () => {
  const nodeOptions = ['--max-old-space-size=512'];
  server = await startChildServer({ nodeOptions, environment: { CLIENT_RATE: '0', LOG_LEVEL: 'error' } });
  bystander = await TestClient.connect(server.webSocketUrl);
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

afterAll(async () => {
  server.process.kill('SIGTERM');
  expect(await server.exit).toMatchObject({ code: 0, stderr: '' }); // no MaxListenersExceededWarning, and no other
});

function residentBytes(): number {
  const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1_024;
}

async function expectServed(): Promise<void> {
  if (canMeasure) expect(residentBytes()).toBeLessThan(MOST_BYTES);
  expect(await bystander.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
}

/** Opens this many connections, each of which sends this and does not read. */
async function attack(connections: number, bytes: Buffer): Promise<void> {
  for (let count = 0; count < connections; count += 1) {
    const socket = await openRaw(server.webSocketUrl);
    socket.write(bytes);
    sockets.push(socket);
    if (count % 100 === 0) await expectServed();
  }
  for (let looks = 0; looks < 3; looks += 1) await expectServed();
}

const piece = frame('x', { opcode: 0, fin: false });
const ping = frame('{"type":"ping","data":{}}');
const large = Buffer.concat([
  Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 1, 2, 3, 4]),
  Buffer.alloc(131_000, 'x'),
]);

describe('a server stays responsive', () => {
  it('under messages in as many tiny fragments as are allowed', async () => {
    await attack(613, Buffer.concat([frame('x', { fin: false }), ...Array(4_000).fill(piece)]));
  });

  it('under messages in more fragments than are allowed', async () => {
    await attack(100, Buffer.concat([frame('x', { fin: false }), ...Array(16_100).fill(piece)]));
  });

  it('under messages without their last byte', async () => {
    await attack(1_100, large);
  });

  it('under clients that send and never read', async () => {
    await attack(60, Buffer.concat(Array(2_000).fill(ping)));
  });

  it('under pipelined requests on the HTTP port', async () => {
    const request = 'GET /clients HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const { hostname, port } = new URL(server.httpUrl);
    for (let count = 0; count < 5; count += 1) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.write(request.repeat(90));
      sockets.push(socket);
    }
    for (let looks = 0; looks < 5; looks += 1) await expectServed();
  });

  it('after all this, for new clients and the API', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    expect(await client.ask({ type: 'chat_message', data: { content: 'hello' } })).toMatchObject({
      type: 'chat_response',
    });
    expect((await call('GET', `${server.httpUrl}/status`)).status).toBe(200);
    await client.close();
  });
});
