/** In-memory calls: each is an item of the history. A wait is a promise. */
import { type CallState, statusOf } from '../../lambdas/ports/call';
import type { CallItem, CallStore } from '../../lambdas/ports/call-store';
import type { HistoryRecord } from '../../lambdas/ports/history-store';
import type { Clock } from '../../lambdas/ports/runtime';
import { MAX_CALL_SECONDS } from '../../lambdas/protocol/limits';
import type { Position } from '../../lambdas/protocol/position';
import type { MemoryHistory } from './memory-history';

export interface MemoryCallsOptions {
  history: Pick<MemoryHistory, 'itemAt' | 'changeCall'>;
  /** Seconds for which a message is kept. */
  historySeconds: number;
  clock: Clock;
}

export interface MemoryCalls extends CallStore {
  /** Ends all waits, so that waiting callers get an answer before the process ends. */
  endWaits(): void;
}

export function createMemoryCalls({ history, historySeconds, clock }: MemoryCallsOptions): MemoryCalls {
  /** Waiters for the end of a call, by call. */
  const waiting = new Map<string, Set<() => void>>();

  function itemAt(clientId: string, position: Position): CallItem | undefined {
    const item = history.itemAt(clientId, position);
    return item?.call && (item as CallItem);
  }

  /** Read and change are synchronous, so nothing runs between them. */
  function change({ clientId, position }: CallItem, call: CallState, record?: HistoryRecord): void {
    history.changeCall(clientId, position, call, record);
  }

  /** @param time  milliseconds since 1970 @returns true if something else ends the wait */
  function wokenBefore(time: number, key: string): Promise<boolean> {
    const waiters = waiting.get(key) ?? new Set();
    waiting.set(key, waiters);
    return new Promise((resolve) => {
      const cancel = clock.setTimer(time - clock.now(), () => end(false));
      const wake = () => end(true);
      function end(isWoken: boolean): void {
        cancel();
        waiters.delete(wake);
        if (waiters.size === 0) waiting.delete(key);
        resolve(isWoken);
      }
      waiters.add(wake);
    });
  }

  return {
    lifetimeSeconds: Math.min(historySeconds, MAX_CALL_SECONDS),

    async get(clientId, position) {
      return itemAt(clientId, position);
    },

    async end(clientId, position, end, response) {
      const item = itemAt(clientId, position);
      if (!item || statusOf(item.call, clock.now()) !== 'pending') return item;
      change(item, { ...item.call, end }, response);
      for (const wake of waiting.get(keyOf(clientId, position)) ?? []) wake();
      return itemAt(clientId, position);
    },

    async hold(clientId, position, until) {
      const item = itemAt(clientId, position);
      if (!item || statusOf(item.call, clock.now()) !== 'pending' || item.call.answerBy === undefined) return;
      change(item, { ...item.call, deadline: Math.min(item.call.deadline, until) });
    },

    async handOver(clientId, position) {
      const item = itemAt(clientId, position);
      if (!item || statusOf(item.call, clock.now()) !== 'pending') return item;
      const { answerBy, ...call } = item.call;
      if (answerBy !== undefined) change(item, { ...call, deadline: answerBy });
      return itemAt(clientId, position);
    },

    async setProgress(clientId, position, progress) {
      const item = itemAt(clientId, position);
      if (!item) return false;
      const isFurther = item.call.progress === undefined || item.call.progress.progress < progress.progress;
      if (isFurther && statusOf(item.call, clock.now()) === 'pending') change(item, { ...item.call, progress });
      return true;
    },

    async waitForEnd(clientId, position, until) {
      const key = keyOf(clientId, position);
      for (;;) {
        const item = itemAt(clientId, position);
        const now = clock.now();
        if (!item || statusOf(item.call, now) !== 'pending' || until <= now) return item;
        const { deadline } = item.call;
        if (await wokenBefore(Math.min(until, deadline), key)) return itemAt(clientId, position);
      }
    },

    endWaits() {
      for (const waiters of [...waiting.values()]) for (const wake of [...waiters]) wake();
    },
  };
}

function keyOf(clientId: string, { epoch, seq }: Position): string {
  return `${epoch} ${seq} ${clientId}`;
}
