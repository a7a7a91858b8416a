/** A WebSocket client that checks every frame against the protocol, and returns frames in any order. */
import { serverMessages } from '../../../lambdas/protocol/server-schemas';
import { type OpenOptions, type ReceivedFrame, TestClient } from '../../support/test-client';

type Matches = (frame: ReceivedFrame) => boolean;

interface Waiting {
  matches: Matches;
  resolve(frame: ReceivedFrame): void;
  reject(error: unknown): void;
}

const schemas = new Map(Object.entries(serverMessages));

/** Throws if a frame lacks a field, or has one, at any depth, that the schema of its type does not have. */
export function expectConformingFrame(frame: ReceivedFrame): void {
  const schema = schemas.get(frame.type) ?? serverMessages.broadcast;
  expect(schema.parse(frame)).toEqual(frame);
}

export class ConformingClient {
  /** Every frame after the first, in the order of arrival. */
  readonly received: ReceivedFrame[] = [];
  #unclaimed: ReceivedFrame[] = [];
  #waiting: Waiting[] = [];
  /** Why no more frames arrive. */
  #ended: { error: unknown } | undefined;
  /** The first violation of the protocol. */
  #fault: { error: unknown } | undefined;
  #asked = 0;

  private constructor(
    private readonly client: TestClient,
    readonly established: ReceivedFrame,
  ) {
    client.socket.on('message', (_, isBinary) => {
      if (isBinary) this.#fail(new Error('a frame was binary'));
    });
    client.socket.on('error', () => {}); // a server may cut off a message that is too large, which `closed` reports
    this.#receive().catch((error) => this.#end(error));
  }

  /** Connects; the first frame must be `connection_established`. */
  static async connect(url: string, options?: OpenOptions): Promise<ConformingClient> {
    const client = await TestClient.open(url, options);
    const first = await client.next();
    expectConformingFrame(first);
    expect(first.type).toBe('connection_established');
    return new ConformingClient(client, first);
  }

  get clientId(): string {
    return this.established.data.client_id;
  }

  get closed() {
    return this.client.closed;
  }

  get socket() {
    return this.client.socket;
  }

  /** The first matching frame that has not been taken; other frames stay, so that other tests' broadcasts disturb nothing. */
  take(matches: Matches): Promise<ReceivedFrame> {
    const index = this.#unclaimed.findIndex(matches);
    const [frame] = index < 0 ? [] : this.#unclaimed.splice(index, 1);
    if (frame) return Promise.resolve(frame);
    const over = this.#fault ?? this.#ended;
    if (over) return Promise.reject(over.error);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ matches, resolve, reject });
    });
  }

  takeType(type: string): Promise<ReceivedFrame> {
    return this.take((frame) => frame.type === type);
  }

  /** The frame whose id an HTTP call returned. */
  takeId(messageId: string): Promise<ReceivedFrame> {
    return this.take((frame) => frame.message_id === messageId);
  }

  send(message: object): void {
    this.client.send(message);
  }

  sendText(text: string): void {
    this.client.sendText(text);
  }

  /** Sends a message, with a new `message_id` if it has none, and returns its last answer. */
  async ask(message: object): Promise<ReceivedFrame> {
    this.#asked += 1;
    const identified = { message_id: `question-${this.#asked}`, ...message };
    this.send(identified);
    return this.answerTo(identified.message_id);
  }

  /** The last answer to a message: the first that is not `processing`. */
  answerTo(messageId: string): Promise<ReceivedFrame> {
    return this.take((frame) => frame.reply_to === messageId && frame.type !== 'processing');
  }

  /** Sends any text, and returns the `error` that answers it. */
  async askError(text: string): Promise<ReceivedFrame> {
    this.sendText(text);
    return this.takeType('error');
  }

  /** Fails if the connection does not work. */
  async expectOpen(): Promise<void> {
    expect(await this.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  /** Fails if any frame violated the protocol, even one that no test waited for. */
  assertConformed(): void {
    if (this.#fault) throw this.#fault.error;
  }

  async #receive(): Promise<never> {
    for (;;) {
      const frame = await this.client.next();
      this.received.push(frame);
      try {
        expectConformingFrame(frame);
      } catch (error) {
        this.#fail(error);
      }
      const index = this.#waiting.findIndex(({ matches }) => matches(frame));
      const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (waiting) waiting.resolve(frame);
      else this.#unclaimed.push(frame);
    }
  }

  #fail(error: unknown): void {
    this.#fault ??= { error };
    this.#end(error);
  }

  #end(error: unknown): void {
    this.#ended ??= { error };
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
