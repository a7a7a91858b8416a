/** Names of the server's tools, loaded lazily. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, type Received } from './frame';

export interface ToolNames {
  /** Empty if the server does not answer in time. */
  get(): Promise<readonly string[]>;
  /** Checks a frame; true if it answers one of its own requests and needs no further handling. */
  takes(received: Received): boolean;
}

/** Milliseconds that completion waits after Tab. */
const PATIENCE = 1_000;

/** @param send  sends a message without data, and returns its `message_id` */
export function createToolNames(send: (type: string) => string): ToolNames {
  let asked: string | undefined;
  let resolve: (names: readonly string[]) => void = () => {};
  const names = new Promise<readonly string[]>((onNames) => {
    resolve = onNames;
  });

  return {
    async get() {
      asked ??= send('list_tools');
      return Promise.race([names, sleep(PATIENCE, [], { ref: false })]);
    },
    takes({ frame }) {
      if (frame?.replyTo === undefined || frame.replyTo !== asked) return false;
      const { tools } = frame.data;
      resolve(Array.isArray(tools) ? tools.filter(isJsonObject).map(({ name }) => String(name)) : []);
      return true;
    },
  };
}
