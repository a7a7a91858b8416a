/** Waiting events on disk: a record of each, written together with the change that it reports, and a mark for each receiver that has it or failed. */
import type { EventRecords, Failure, LeftEvent } from '../events/queued-event';
import type { DataFolder } from './data-folder';
import type { Journal } from './journal';
import { KIND } from './record-kinds';

/** Digits of a number in a key, so that keys sort like numbers. */
const DIGITS = 16;

interface Saved extends Pick<LeftEvent, 'facts' | 'since'> {
  receivers: readonly string[];
}

/** Of one receiver. */
type Mark = { isDelivered: true } | { failure: Failure } | { replayedAt: number };

export async function openDurableEvents(folder: DataFolder, journal: Journal): Promise<EventRecords> {
  function mark(number: number, receiver: string, content: Mark): void {
    journal.write(markKey(number, receiver), () => JSON.stringify(content));
  }

  /** Names of receivers with a mark, by event. */
  const marked = new Map<number, Set<string>>();

  function remember(number: number, receiver: string): void {
    marked.set(number, (marked.get(number) ?? new Set()).add(receiver));
  }

  const left = await readEvents(folder, remember);
  return {
    left,
    added({ number, facts, since, waiting }) {
      const receivers = [...waiting];
      journal.write(eventKey(number), () => JSON.stringify({ facts, since, receivers } satisfies Saved));
    },
    delivered({ number }, receiver) {
      remember(number, receiver);
      mark(number, receiver, { isDelivered: true });
    },
    failed({ number }, receiver, failure) {
      remember(number, receiver);
      mark(number, receiver, { failure });
    },
    replayed({ number, since }, receiver) {
      mark(number, receiver, { replayedAt: since });
    },
    removed({ number }) {
      journal.write(eventKey(number), undefined);
      for (const receiver of marked.get(number) ?? []) journal.write(markKey(number, receiver), undefined);
      marked.delete(number);
    },
    stored: () => journal.stored(),
  };
}

async function readEvents(
  folder: DataFolder,
  remember: (number: number, receiver: string) => void,
): Promise<LeftEvent[]> {
  const marks = new Map<string, Mark>();
  for await (const [key, text] of folder.read(KIND.eventMark)) {
    marks.set(key, JSON.parse(text));
    const [number, receiver = ''] = key.slice(1).split('.');
    remember(Number(number), receiver);
  }
  const left: LeftEvent[] = [];
  for await (const [key, text] of folder.read(KIND.event)) {
    const { facts, since: addedAt, receivers }: Saved = JSON.parse(text);
    const number = Number(key.slice(1));
    const waiting: string[] = [];
    const failed = new Map<string, Failure>();
    let since = addedAt;
    for (const receiver of receivers) {
      const found = marks.get(markKey(number, receiver));
      if (!found || 'replayedAt' in found) waiting.push(receiver);
      if (found && 'failure' in found) failed.set(receiver, found.failure);
      if (found && 'replayedAt' in found) since = found.replayedAt;
    }
    left.push({ number, facts, since, waiting, failed });
  }
  return left;
}

function eventKey(number: number): string {
  return KIND.event + String(number).padStart(DIGITS, '0');
}

/** @param receiver  a name without a dot */
function markKey(number: number, receiver: string): string {
  return `${KIND.eventMark}${String(number).padStart(DIGITS, '0')}.${receiver}`;
}
