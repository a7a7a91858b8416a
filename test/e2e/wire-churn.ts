/**
 * Clients that connect and leave at random moments, with messages under way, against `npm start -- --wire`: DynamoDB and @connections are
 * real HTTP calls there. CHURN_SEED=… makes each client repeat its actions; the interleaving is up to the network.
 */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { type RawData, WebSocket } from 'ws';
import { type ChildServer, startChildServer } from '../support/child-server';
import { call } from '../support/http';
import { createRandom, type Random, seedFrom } from '../support/random';
import type { ReceivedFrame } from '../support/test-client';

/** Reads the number of clients every tenth of a second, until the last $disconnect has been handled. */
const LOOKS = 3_000;

/** The ways to end, all equally likely. */
const ENDINGS = ['abort', 'close', 'close with code', 'send and close', 'terminate', 'kick'] as const;
type Ending = (typeof ENDINGS)[number];

const seed = seedFrom('CHURN_SEED');

/**
 * @param count  of clients in total
 * @param atATime  number of simultaneous clients: the server's own calls have timeouts, which a busy machine must not reach
 */
export function wireChurn(count: number, atATime: number): void {
  let server: ChildServer;
  /** What the server has logged: only errors, due to its LOG_LEVEL. */
  let printed = '';

  beforeAll(async () => {
    server = await startChildServer({ options: ['--wire'], environment: { LOG_LEVEL: 'error' } });
    server.process.stdout?.on('data', (chunk) => {
      printed += chunk;
    });
  });

  afterAll(async () => {
    server?.process.kill('SIGTERM');
    await server?.exit;
  });

  it('leave nothing behind, get none of each other’s frames, and crash no server', async () => {
    const seen = new Map<string, number>();
    const strays: string[] = [];
    const living = new Map<number, string>();
    const clientIds: string[] = [];

    /** Records a frame, and whether it is for the client that received it. */
    function check(client: ChurnClient, frame: ReceivedFrame): void {
      seen.set(frame.type, (seen.get(frame.type) ?? 0) + 1);
      if (!client.expects(frame)) strays.push(`client ${client.number}: ${JSON.stringify(frame)}`);
      if (frame.type !== 'connection_established') return;
      clientIds.push(frame.data.client_id);
      if (client.isOpen) living.set(client.number, frame.data.client_id);
    }

    async function live(number: number): Promise<void> {
      const random = createRandom(seed + number);
      const ending = ENDINGS[random(ENDINGS.length)] as Ending;
      const client = new ChurnClient(number, server.webSocketUrl, random, check);
      if (ending === 'abort') {
        await moments(random(20));
        client.socket.terminate();
        await client.closed;
        living.delete(number);
        return;
      }
      await client.opened;
      const messages = random(4);
      for (let sent = 0; sent < messages; sent += 1) {
        client.sendOne();
        await moments(random(5));
      }
      if (random(2) === 0) await client.answered(random(messages + 1));
      if (random(3) === 0) await pushToAnyone(random);
      await end(client, ending);
      await client.closed;
      living.delete(number);
    }

    async function end(client: ChurnClient, ending: Ending): Promise<void> {
      // Without a greeting, nobody knows whom to remove: a busy server gives up a greeting that takes it 5 seconds.
      const clientId =
        ending === 'kick' ? await Promise.race([client.welcomed, setTimeout(60_000, '', { ref: false })]) : '';
      if (clientId !== '') {
        client.isKicked = true;
        const { status } = await call('DELETE', `${server.httpUrl}/clients/${clientId}`);
        seen.set(`kick ${status}`, (seen.get(`kick ${status}`) ?? 0) + 1);
      } else if (ending === 'terminate' || ending === 'kick') {
        client.socket.terminate();
      } else {
        if (ending === 'send and close') client.sendOne();
        client.socket.close(ending === 'close with code' ? 1000 : undefined);
      }
    }

    /** To a client that may be leaving: delivered, unknown, or gone during the call. */
    async function pushToAnyone(random: Random): Promise<void> {
      const clientId = [...living.values()][random(living.size)];
      if (clientId === undefined) return;
      const { status } = await call('POST', `${server.httpUrl}/send_message`, {
        client_id: clientId,
        content: `for ${clientId}`,
      });
      seen.set(`push ${status}`, (seen.get(`push ${status}`) ?? 0) + 1);
    }

    let next = 0;
    await Promise.all(
      Array.from({ length: atATime }, async () => {
        while (next < count) await live(next++);
      }),
    );

    let total: number | undefined;
    for (let looks = 0; looks < LOOKS && total !== 0; looks += 1) {
      if (looks > 0) await setTimeout(100);
      total = (await call('GET', `${server.httpUrl}/clients`)).body.total;
    }
    expect(total).toBe(0);
    expect(strays).toEqual([]);
    expect(new Set(clientIds).size).toBe(clientIds.length);
    const kinds = [
      'connection_established',
      'processing',
      'chat_response',
      'pong',
      'chat_message',
      'connection_closing',
      'push 200',
      'kick 204',
    ];
    expect(kinds.filter((kind) => !seen.has(kind))).toEqual([]); // otherwise nothing was tested
    expect([...seen.keys()].filter((kind) => /^(push|kick) (?!20[04]|404|409)/.test(kind))).toEqual([]);

    expect(printed.split('\n').filter((line) => / error /.test(line))).toEqual([]);
    server.process.kill('SIGTERM');
    const { code, stderr } = await server.exit; // an unhandled rejection ends the process with code 1
    expect(stderr).not.toMatch(/Error|Unhandled/);
    expect(code).toBe(0);
  });
}

type Check = (client: ChurnClient, frame: ReceivedFrame) => void;

class ChurnClient {
  readonly socket: WebSocket;
  readonly opened: Promise<unknown>;
  readonly closed: Promise<unknown>;
  /** The client_id; an empty string if the connection ended before it arrived. */
  readonly welcomed: Promise<string>;
  clientId = '';
  /** Set before the call that removes this very client. */
  isKicked = false;
  #sent = 0;
  #answers = 0;
  #waiting: () => void = () => {};

  constructor(
    readonly number: number,
    url: string,
    readonly random: Random,
    check: Check,
  ) {
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.on('error', () => {}); // of a handshake that this side aborts; "closed" follows
    this.opened = new Promise((resolve) => socket.once('open', resolve));
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    this.welcomed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve('');
        this.#waiting();
      });
      socket.on('message', (data: RawData) => {
        const frame: ReceivedFrame = JSON.parse(data.toString());
        check(this, frame);
        if (frame.type === 'connection_established') {
          this.clientId = frame.data.client_id;
          resolve(this.clientId);
        }
        if (['pong', 'chat_response', 'error'].includes(frame.type)) this.#answers += 1; // an error is found in the log
        this.#waiting();
      });
    });
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** A ping, or a chat message whose content and id name this client. */
  sendOne(): void {
    const id = `${this.number}:${this.#sent}`;
    this.#sent += 1;
    const message =
      this.random(3) === 0 ? { type: 'ping', data: {} } : { type: 'chat_message', data: { content: `said ${id}` } };
    this.socket.send(JSON.stringify({ ...message, message_id: id }));
  }

  /** Resolves when this many messages have their answers, or no more can arrive. */
  async answered(count: number): Promise<void> {
    while (this.#answers < count && this.isOpen) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve; // an answer, or the end of the connection
      });
    }
  }

  /** Whether this very client should get the frame. */
  expects({ type, data, reply_to: replyTo }: ReceivedFrame): boolean {
    const own = replyTo?.split(':')[0] === String(this.number);
    if (type === 'connection_established') return this.clientId === '' && replyTo === undefined;
    if (type === 'connection_closing') return this.isKicked && data.reason === 'removed' && replyTo === undefined;
    if (type === 'processing' || type === 'pong') return own;
    if (type === 'chat_response') return own && data.content === `Echo: said ${replyTo}`;
    return type === 'chat_message' && data.from_api === true && data.content === `for ${this.clientId}`;
  }
}

async function moments(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}
