/** Tool calls to clients: the interface of every call store (contract: `test/contract/call-store.ts`). */
import type { Position } from '../protocol/position';
import type { CallEnd, CallProgress, CallState } from './call';
import type { HistoryRecord, PlacedItem } from './history-store';

/** The item of a call: the frame that its client gets and, once the client has answered, the response. */
export interface CallItem extends PlacedItem {
  call: CallState;
}

/** A call is an item of the history; `HistoryStore.put` creates it. */
export interface CallStore {
  /** Longest lifetime of a call in seconds: that of its item. */
  readonly lifetimeSeconds: number;

  /** Strongly consistent; undefined if there is no call at this position. */
  get(clientId: string, position: Position): Promise<CallItem | undefined>;

  /**
   * Compare-and-set: ends a pending call.
   * @param response  the client's response; stored along with the end
   * @returns the call afterwards: ended by this run, by an earlier one, or expired
   */
  end(clientId: string, position: Position, end: CallEnd, response?: HistoryRecord): Promise<CallItem | undefined>;

  /** Holds a call for its client until this time. A no-op if the call has ended, is already held for less, or was handed over. */
  hold(clientId: string, position: Position, until: number): Promise<void>;

  /**
   * Compare-and-set, before a held call is given to its client: from then on its own deadline applies.
   * @returns the call afterwards
   */
  handOver(clientId: string, position: Position): Promise<CallItem | undefined>;

  /** A no-op if the call has ended or is already further. @returns false for an unknown call */
  setProgress(clientId: string, position: Position, progress: CallProgress): Promise<boolean>;

  /**
   * Resolves when a call has ended, or at this time.
   * @param until  milliseconds since 1970
   * @param isNew  true for a call that was just created
   * @returns the call at that moment; undefined if there is no call at this position
   */
  waitForEnd(clientId: string, position: Position, until: number, isNew?: boolean): Promise<CallItem | undefined>;
}
