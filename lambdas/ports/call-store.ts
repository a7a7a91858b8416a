/** Tools called on clients: the interface that every store fulfils (`test/contract/call-store.ts`). */
import type { Position } from '../protocol/position';
import type { CallEnd, CallProgress, CallState } from './call';
import type { HistoryRecord, PlacedItem } from './history-store';

/** The item of a call: the frame that its client gets and, once the client has answered, the response. */
export interface CallItem extends PlacedItem {
  call: CallState;
}

/** `HistoryStore.put` makes a call, which is its own item of the history. */
export interface CallStore {
  /** Seconds that a call can live: as long as its item. */
  readonly lifetimeSeconds: number;

  /** Strongly consistent; undefined where no call is at this position. */
  get(clientId: string, position: Position): Promise<CallItem | undefined>;

  /**
   * Compare-and-set: ends a call that is pending.
   * @param response  of the client; stored with the end
   * @returns the call as it is then: ended by this run, by an earlier one, or expired
   */
  end(clientId: string, position: Position, end: CallEnd, response?: HistoryRecord): Promise<CallItem | undefined>;

  /** Has a call wait for its client until this time. A no-op where it has ended, waits already, or was handed over. */
  hold(clientId: string, position: Position, until: number): Promise<void>;

  /**
   * Compare-and-set, before a call that may wait is given to its client: from now on its own deadline counts.
   * @returns the call as it is then
   */
  handOver(clientId: string, position: Position): Promise<CallItem | undefined>;

  /** A no-op where the call has ended, or has come further already. @returns false for an unknown call */
  setProgress(clientId: string, position: Position, progress: CallProgress): Promise<boolean>;

  /**
   * Resolves when a call has ended, and at this time at the latest.
   * @param until  milliseconds since 1970
   * @param isNew  true for a call that was made just now
   * @returns the call as it is then; undefined where no call is at this position
   */
  waitForEnd(clientId: string, position: Position, until: number, isNew?: boolean): Promise<CallItem | undefined>;
}
