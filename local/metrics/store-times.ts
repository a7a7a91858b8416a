/** Times the calls of the stores. Under load it samples them, so that the overhead per message is not measurable. */
import type { HostDependencies } from '../host';

/** Upper bounds in seconds. */
export const STORE_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** Calls timed per interval. A quiet server times all calls; a busy one 200 a second. */
const TIMED = 20;

/** Milliseconds. */
const INTERVAL = 100;

const STORES = [
  'clients',
  'history',
  'broadcasts',
  'groups',
  'presence',
  'answers',
  'records',
  'calls',
  'clientTools',
  'replies',
] as const;

/** Calls that wait for a client by design, so their duration says nothing about the store. */
const WAITS: ReadonlySet<string> = new Set(['waitForEnd', 'onCancel']);

export interface OperationTimes {
  store: string;
  operation: string;
  buckets: number[];
  /** Sum in seconds. */
  sum: number;
}

type Method = (...given: unknown[]) => unknown;

export class StoreTimes {
  readonly operations = new Map<string, OperationTimes>();
  readonly #timer = setInterval(() => {
    this.#left = TIMED;
  }, INTERVAL).unref();
  #left = TIMED;

  /** Wraps the stores of the dependencies with timers. */
  timed(dependencies: HostDependencies): HostDependencies {
    const stores = STORES.map((name) => [name, this.#timedStore(name, dependencies[name])]);
    return { ...dependencies, ...Object.fromEntries(stores) };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #timedStore(store: string, port: object): object {
    const methods = methodsOf(port).map((operation) => {
      const method = (port as Record<string, Method>)[operation] as Method;
      return [operation, WAITS.has(operation) ? method.bind(port) : this.#timedMethod(store, operation, port, method)];
    });
    return { ...port, ...Object.fromEntries(methods) };
  }

  /** No method of a store has more than four parameters. */
  #timedMethod(store: string, operation: string, port: object, method: Method) {
    return (a: unknown, b: unknown, c: unknown, d: unknown): unknown => {
      if (this.#left === 0) return method.call(port, a, b, c, d);
      this.#left -= 1;
      const startedAt = performance.now();
      const end = () => this.#add(store, operation, (performance.now() - startedAt) / 1_000);
      const result = method.call(port, a, b, c, d);
      if (result instanceof Promise) result.then(end, end);
      else end();
      return result;
    };
  }

  #add(store: string, operation: string, seconds: number): void {
    const key = `${store}.${operation}`;
    let times = this.operations.get(key);
    if (!times) {
      times = { store, operation, buckets: Array(STORE_BUCKETS.length + 1).fill(0), sum: 0 };
      this.operations.set(key, times);
    }
    const bucket = STORE_BUCKETS.findIndex((bound) => seconds <= bound);
    const index = bucket === -1 ? STORE_BUCKETS.length : bucket;
    times.buckets[index] = (times.buckets[index] as number) + 1;
    times.sum += seconds;
  }
}

/** A store is a plain object with methods, or an instance of a class. */
function methodsOf(port: object): string[] {
  const names = new Set<string>();
  for (let at = port; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name);
    }
  }
  return [...names];
}
