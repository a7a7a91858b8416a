/**
 * A function from its bundle, in its own thread: with its own globals and environment, as on Lambda. Input and output are JSON, as there.
 */
import { Worker } from 'node:worker_threads';

// biome-ignore lint/suspicious/noExplicitAny: each function has an event and a result of its own
export type BundledHandler = (event: any) => Promise<any>;

const THREAD = `
  const { parentPort, workerData: path } = require('node:worker_threads');
  const { handler } = require(path);
  const context = { getRemainingTimeInMillis: () => 60_000 };
  parentPort.on('message', async ({ id, event }) => {
    const answer = await handler(JSON.parse(event), context).then(
      (result) => ({ id, result: JSON.stringify(result) }),
      (error) => ({ id, error }),
    );
    parentPort.postMessage(answer);
  });
`;

interface Answer {
  id: number;
  result?: string;
  error?: unknown;
}

export interface BundledFunction {
  handle: BundledHandler;
  stop(): Promise<void>;
}

/** @param path  of the bundle */
export function startBundledFunction(path: string, environment: Record<string, string>): BundledFunction {
  const thread = new Worker(THREAD, { eval: true, workerData: path, env: environment });
  const waiting = new Map<number, (answer: Answer) => void>();
  let asked = 0;

  thread.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });

  return {
    async handle(event) {
      const id = asked++;
      const { result, error } = await new Promise<Answer>((resolve) => {
        waiting.set(id, resolve);
        thread.postMessage({ id, event: JSON.stringify(event) });
      });
      if (error !== undefined) throw error;
      return result === undefined ? undefined : JSON.parse(result);
    },
    async stop() {
      await thread.terminate();
    },
  };
}
