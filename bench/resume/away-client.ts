/** A client of the TypeScript library that is cut off, stays away while the team pushes to it, and comes back. */
import { WebSocket } from 'ws';
import { createClient, type RecoveryResult, type SwitchboardClient } from '../../clients/typescript/src';
import { call } from '../../test/support/http';

/** Pushes under way at a time. */
const AT_A_TIME = 8;

export interface ComingBack {
  /** From the begin of the attempt to when the client is connected and was shown everything. */
  milliseconds: number;
  /** Undefined if the client missed nothing. */
  recovery: RecoveryResult | undefined;
  /** Numbers of the frames shown, in the order in which they were shown. */
  seqs: number[];
  contents: string[];
}

export class AwayClient {
  readonly #client: SwitchboardClient;
  readonly #httpUrl: string;
  #socket: WebSocket | undefined;
  #mayConnect = Promise.resolve();
  #comeBack = () => {};
  #pushes = 0;

  /** Resolves when the client is connected. */
  static async connect({ webSocketUrl, httpUrl }: { webSocketUrl: string; httpUrl: string }): Promise<AwayClient> {
    const away = new AwayClient(webSocketUrl, httpUrl);
    await away.#client.connect();
    return away;
  }

  private constructor(url: string, httpUrl: string) {
    const keepSocket = (socket: WebSocket) => {
      this.#socket = socket;
    };
    this.#httpUrl = httpUrl;
    this.#client = createClient({
      url,
      webSocket: class extends WebSocket {
        constructor(url: string, protocols?: string[]) {
          super(url, protocols);
          keepSocket(this);
        }
      },
      token: () => this.#mayConnect.then(() => 'unused'), // before each attempt the library asks for one, and waits
      timers: { backoffMs: 1 },
    });
  }

  /** Cuts the connection. The client stays away until it may come back. */
  async cut(): Promise<void> {
    this.#mayConnect = new Promise((resolve) => {
      this.#comeBack = resolve;
    });
    const isAway = new Promise<void>((resolve) => {
      const stop = this.#client.onState(({ state }) => {
        if (state !== 'connecting') return;
        stop();
        resolve();
      });
    });
    this.#socket?.terminate();
    await isAway;
  }

  /** Pushes to the client, whether it is there or not. @returns the contents */
  async push(count: number): Promise<string[]> {
    const contents = Array.from({ length: count }, () => `push ${++this.#pushes}`);
    const waiting = [...contents];
    const one = async () => {
      for (let content = waiting.shift(); content !== undefined; content = waiting.shift()) {
        const body = { client_id: this.#client.clientId, content, hold_seconds: 86_400 };
        const { status, text } = await call('POST', `${this.#httpUrl}/send_message`, body);
        if (status >= 300) throw new Error(`a push was refused: ${status} ${text}`);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, one));
    return contents;
  }

  /** Lets the client come back. Resolves when it is connected. */
  async comeBack(): Promise<ComingBack> {
    const back: ComingBack = { milliseconds: 0, recovery: undefined, seqs: [], contents: [] };
    const stops = [
      this.#client.onRecovery((recovery) => {
        back.recovery = recovery;
      }),
      this.#client.on('chat_message', ({ seq = 0, data }) => {
        back.seqs.push(seq);
        back.contents.push(String(data.content));
      }),
    ];
    const begun = performance.now();
    this.#comeBack();
    await this.#client.connect();
    back.milliseconds = performance.now() - begun;
    for (const stop of stops) stop();
    return back;
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
