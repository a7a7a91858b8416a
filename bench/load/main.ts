/** The process of a load: handles one request of the benchmark at a time, and returns the result. */
import { createLoad, type Load } from './load';

export interface LoadRequest {
  call: keyof Load;
  argument: unknown;
}

function fail(reason: unknown): never {
  process.stderr.write(`The load failed: ${reason instanceof Error ? reason.stack : reason}\n`);
  process.exit(1);
}

const load = createLoad(fail);

process.on('message', async ({ call, argument }: LoadRequest) => {
  try {
    const result = await (load[call] as (argument: unknown) => Promise<unknown>)(argument);
    process.send?.({ result });
  } catch (error) {
    fail(error);
  }
});
process.on('disconnect', () => process.exit(1)); // the benchmark ended abruptly
