/**
 * Waiting events on disk. Events that are added between two commits share one record, written together with the changes that they report.
 * A second record has what has happened to them since.
 */
import type { EventBatch, EventRecords, Failure, LeftEvent, QueuedEvent } from '../events/queued-event';
import type { DataFolder } from './data-folder';
import type { Journal } from './journal';
import { KIND } from './record-kinds';
import { factsFrom, type SavedFacts, savedFacts } from './saved-facts';

/** Digits of a number in a key, so that keys sort like numbers. */
const DIGITS = 16;

/** Maximum number of events in a record, because its marks are rewritten with each delivery. */
const MAX_EVENTS = 64;

/** A record of events. */
interface Saved {
  since: number;
  /** Of events that do not have a list of their own. */
  receivers: readonly string[];
  events: readonly SavedEvent[];
}

type SavedEvent = [facts: SavedFacts, receivers?: readonly string[]];

/** Of one event, by receiver; null once it has left the queue. */
type Marks = Record<string, Mark> | null;
type Mark = { isDelivered: true } | { failure: Failure } | { replayedAt: number };

interface Batch extends EventBatch {
  /** By index. */
  marks: Map<number, Marks>;
}

export async function openDurableEvents(folder: DataFolder, journal: Journal): Promise<EventRecords> {
  /** The record of the next commit. */
  let open: { batch: Batch; events: QueuedEvent[] } | undefined;

  function openBatch({ number, since, waiting: receivers }: QueuedEvent) {
    const batch: Batch = { first: number, left: 0, marks: new Map() };
    const opened = { batch, events: [] as QueuedEvent[] };
    journal.write(batchKey(batch), () => {
      if (open === opened) open = undefined;
      const events = opened.events.map(({ facts, waiting }): SavedEvent => {
        const saved = savedFacts(facts);
        return waiting === receivers ? [saved] : [saved, waiting];
      });
      return JSON.stringify({ since, receivers, events } satisfies Saved);
    });
    return opened;
  }

  function mark({ number, batch }: QueuedEvent, change: (marks: Marks) => Marks): void {
    const { first, marks } = batch as Batch;
    marks.set(number - first, change(marks.get(number - first) ?? {}));
    journal.write(marksKey(first), () => JSON.stringify([...marks]));
  }

  return {
    left: await readEvents(folder),
    added(event) {
      if (!open || open.events.length === MAX_EVENTS) open = openBatch(event);
      open.events.push(event);
      open.batch.left += 1;
      event.batch = open.batch;
    },
    delivered: (event, receiver) => mark(event, (marks) => ({ ...marks, [receiver]: { isDelivered: true } })),
    failed: (event, receiver, failure) => mark(event, (marks) => ({ ...marks, [receiver]: { failure } })),
    replayed: (event, receiver) => mark(event, (marks) => ({ ...marks, [receiver]: { replayedAt: event.since } })),
    removed(event) {
      const batch = event.batch as Batch;
      batch.left -= 1;
      if (batch.left > 0) return mark(event, () => null);
      if (open?.batch === batch) open = undefined;
      journal.write(batchKey(batch), undefined);
      if (batch.marks.size > 0) journal.write(marksKey(batch.first), undefined);
    },
    stored: () => journal.stored(),
  };
}

async function readEvents(folder: DataFolder): Promise<LeftEvent[]> {
  const marksOf = new Map<number, Batch['marks']>();
  for await (const [key, text] of folder.read(KIND.eventMarks))
    marksOf.set(Number(key.slice(1)), new Map(JSON.parse(text)));
  const left: LeftEvent[] = [];
  for await (const [key, text] of folder.read(KIND.eventBatch)) {
    const { since, receivers, events }: Saved = JSON.parse(text);
    const first = Number(key.slice(1));
    const batch: Batch = { first, left: 0, marks: marksOf.get(first) ?? new Map() };
    for (const [index, [saved, own]] of events.entries()) {
      const marks = batch.marks.get(index);
      if (marks === null) continue;
      batch.left += 1;
      const state = stateOf(marks ?? {}, since, own ?? receivers);
      left.push({ number: first + index, facts: factsFrom(saved), batch, ...state });
    }
  }
  return left;
}

/** @param receivers  those that it was added for */
function stateOf(marks: Record<string, Mark>, addedAt: number, receivers: readonly string[]) {
  const failed = new Map<string, Failure>();
  let since = addedAt;
  const waiting = receivers.filter((receiver) => {
    const found = marks[receiver];
    if (found && 'failure' in found) failed.set(receiver, found.failure);
    if (found && 'replayedAt' in found) since = found.replayedAt;
    return !found || 'replayedAt' in found;
  });
  return { since, waiting, failed };
}

function batchKey({ first }: EventBatch): string {
  return KIND.eventBatch + String(first).padStart(DIGITS, '0');
}

function marksKey(first: number): string {
  return KIND.eventMarks + String(first).padStart(DIGITS, '0');
}
