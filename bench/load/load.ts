/** What a load does when it is told to. All of it runs in a process that is not the server's. */
import { measureBroadcast } from './broadcast';
import { type DialectName, dialects } from './dialects';
import { textFrame } from './frames';
import { measureLatency } from './latency';
import { LoadClient } from './load-client';
import { type MessageName, messages } from './messages';
import { startPace } from './pace';
import { type Rate, startRate } from './rate';

/** Handshakes under way at a time: more than a server's backlog takes would only be tried again by the system. */
const OPENING = 100;

/** @param fail  told of a connection that the server ended, or a wrong answer */
export function createLoad(fail: (reason: Error) => void) {
  const clients: LoadClient[] = [];
  let encoded: Record<MessageName, Buffer>;
  let rate: Rate | undefined;
  let stopPace = () => {};

  async function open(url: string, dialect: DialectName): Promise<void> {
    const client = new LoadClient(url, dialect);
    await client.opened();
    client.onEnd = fail;
    clients.push(client);
  }

  function expect(message: MessageName): void {
    const types: readonly string[] = messages[message].answers;
    const id = messages[message].message.message_id;
    for (const client of clients) {
      client.loose = 0;
      client.onSample = (sample) => {
        const { type, reply_to } = sample as { type: string; reply_to: string };
        if (!types.includes(type) || reply_to !== id) fail(new Error(`a ${type} (${reply_to}) answered a ${message}`));
      };
    }
  }

  return {
    /** Brings the number of open connections up to `count`; resolves when all are greeted. */
    async open({ url, dialect, count }: { url: string; dialect: DialectName; count: number }): Promise<void> {
      const { encode } = dialects[dialect];
      const frameOf = (name: MessageName) => textFrame(encode(messages[name].message));
      encoded = { chat: frameOf('chat'), ping: frameOf('ping'), tool_call: frameOf('tool_call') };
      let missing = count - clients.length;
      async function worker(): Promise<void> {
        while (missing > 0) {
          missing -= 1;
          await open(url, dialect);
        }
      }
      await Promise.all(Array.from({ length: OPENING }, worker));
    },

    /** Ends all connections. */
    async close(): Promise<void> {
      for (const client of clients.splice(0)) client.close();
    },

    /** Keeps so many messages under way on every connection, until `stopRate`. */
    async startRate({ message, inFlight }: { message: MessageName; inFlight: number }): Promise<void> {
      expect(message);
      rate = startRate(clients, encoded[message], messages[message].answers.length, inFlight);
    },

    /** Messages answered so far, when that was (milliseconds), and what this process has used by then (microseconds). */
    async sample() {
      const { user, system } = process.cpuUsage();
      return { answered: rate?.answered() ?? 0, at: performance.now(), processor: user + system };
    },

    async stopRate(): Promise<void> {
      await rate?.stop();
      rate = undefined;
    },

    /** Sends so many messages a second, from one connection after the other, until `stopPace`. */
    async startPace({ message, perSecond }: { message: MessageName; perSecond: number }): Promise<void> {
      stopPace = startPace(clients, encoded[message], perSecond);
    },

    async stopPace(): Promise<void> {
      stopPace();
    },

    /** Milliseconds that half of the answers took at most, and 99 in 100, with one message under way on one connection. */
    async latency({ message, ...bounds }: { message: MessageName; count: number; seconds: number }) {
      expect(message);
      const [client] = clients as [LoadClient];
      const times = await measureLatency(client, encoded[message], messages[message].answers.length, bounds);
      times.sort();
      const quantile = (share: number) => times[Math.ceil(times.length * share) - 1] as number;
      return { p50: quantile(0.5), p99: quantile(0.99) };
    },

    /** Milliseconds from the call until the last connection has the frame. */
    async broadcast({ httpUrl, dialect }: { httpUrl: string; dialect: DialectName }): Promise<number> {
      for (const client of clients) client.onSample = undefined;
      return measureBroadcast(clients, httpUrl, dialect);
    },
  };
}

export type Load = ReturnType<typeof createLoad>;
