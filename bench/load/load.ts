/** The operations of a load. It runs in a different process than the server. */
import { measureBroadcast } from './broadcast';
import { type DialectName, dialects } from './dialects';
import { textFrame } from './frames';
import { measureLatency } from './latency';
import { LoadClient } from './load-client';
import { type MessageName, messages } from './messages';
import { startPace } from './pace';
import { type Rate, startRate } from './rate';

/** Concurrent handshakes: more than a server's backlog would only be retried by the system. */
const OPENING = 100;

/** @param fail  called if the server closes a connection or answers wrongly */
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

    /** Keeps this many messages in flight on every connection, until `stopRate`. */
    async startRate({ message, inFlight }: { message: MessageName; inFlight: number }): Promise<void> {
      expect(message);
      rate = startRate(clients, encoded[message], messages[message].answers.length, inFlight);
    },

    /** Messages answered so far, the time (milliseconds), and this process's processor time (microseconds). */
    async sample() {
      const { user, system } = process.cpuUsage();
      return { answered: rate?.answered() ?? 0, at: performance.now(), processor: user + system };
    },

    async stopRate(): Promise<void> {
      await rate?.stop();
      rate = undefined;
    },

    /** Sends this many messages a second, rotating over the connections, until `stopPace`. */
    async startPace({ message, perSecond }: { message: MessageName; perSecond: number }): Promise<void> {
      stopPace = startPace(clients, encoded[message], perSecond);
    },

    async stopPace(): Promise<void> {
      stopPace();
    },

    /** The median and the 99th percentile of the answer times in milliseconds, with one message in flight on one connection. */
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
