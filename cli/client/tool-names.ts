/** Names of the tools that the server offers, asked for when somebody needs them first. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, type Received } from './frame';

export interface ToolNames {
  /** None where the server does not say in time. */
  get(): Promise<readonly string[]>;
  /** Looks at what arrived; true where it answers a question of its own, and is nobody else's business. */
  takes(received: Received): boolean;
}

/** Milliseconds that a person who pressed Tab waits. */
const PATIENCE = 1_000;

/** @param send  sends a message without data, and gives its `message_id` */
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
