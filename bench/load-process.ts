/** The benchmark's side of a load process: its requests, as functions. */
import { startChild } from './child';
import type { Load } from './load/load';

export interface LoadProcess {
  call<Name extends keyof Load>(
    name: Name,
    ...argument: Parameters<Load[Name]>
  ): Promise<Awaited<ReturnType<Load[Name]>>>;
  stop(): Promise<void>;
}

export function startLoadProcess(): LoadProcess {
  const child = startChild({ program: 'bench/load/main.ts' });
  return {
    async call(name, argument?) {
      const { result } = (await child.ask({ call: name, argument })) as { result: never };
      return result;
    },
    stop: child.stop,
  };
}
