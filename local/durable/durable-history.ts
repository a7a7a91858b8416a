/** Persistent history: the in-memory store, plus a record of each item on disk. Copies of a broadcast share one text on disk, too. */
import type { CallState } from '../../lambdas/ports/call';
import type { HistoryRecord, HistoryStore } from '../../lambdas/ports/history-store';
import type { Awaitable } from '../../lambdas/ports/runtime';
import {
  type Content,
  contentFromText,
  type Envelope,
  type KeptItem,
  type Part,
  recordOf,
} from '../memory/kept-messages';
import { createMemoryCalls, type MemoryCalls } from '../memory/memory-calls';
import {
  type HistoryChanges,
  type KnownHistory,
  MemoryHistory,
  type MemoryHistoryOptions,
} from '../memory/memory-history';
import type { DataFolder } from './data-folder';
import type { Journal } from './journal';
import { KIND } from './record-kinds';

/** Changes of a call since its item was written. */
const LOST_AT = `${KIND.historyLost}lost`;

/** Digits of an item's id in a key, so that keys sort like ids. */
const ID_DIGITS = 15;

/** Reads wait too, so that nobody sees a frame whose position could be reused after a crash. */
export async function openDurableHistory(
  options: MemoryHistoryOptions,
  folder: DataFolder,
  journal: Journal,
): Promise<{ history: HistoryStore; calls: MemoryCalls; forget(clientId: string): void; bytes(): number }> {
  const { known, shared } = await readHistory(folder, journal);
  const store = new MemoryHistory({ ...options, changes: changesIn(journal, shared), known });
  const calls = createMemoryCalls({ ...options, history: store });

  async function stored<Result>(result: Awaitable<Result>): Promise<Result> {
    const value = await result;
    await journal.stored();
    return value;
  }

  async function change<Result>(make: () => Awaitable<Result>): Promise<Result> {
    journal.assertWorks();
    return stored(make());
  }

  const history: HistoryStore = {
    append: (items) => change(() => store.append(items)),
    put: (item) => change(() => store.put(item)),
    void: (clientId, position) => change(() => store.void(clientId, position)),
    remove: (clientId, position) => change(() => store.remove(clientId, position)),
    get: (clientId, position) => stored(store.get(clientId, position)),
    after: (clientId, position, maxCharacters) => stored(store.after(clientId, position, maxCharacters)),
    reachesBackTo: (clientId, position) => store.reachesBackTo(clientId, position),
    mayHaveLost: (clientId, position, storedFrom) => store.mayHaveLost(clientId, position, storedFrom),
    page: (clientId, page) => store.page(clientId, page),
  };
  return {
    history,
    calls: {
      ...calls,
      get: (clientId, position) => stored(calls.get(clientId, position)),
      end: (clientId, position, end, response) => change(() => calls.end(clientId, position, end, response)),
      hold: (clientId, position, until) => change(() => calls.hold(clientId, position, until)),
      handOver: (clientId, position) => change(() => calls.handOver(clientId, position)),
      waitForEnd: (...given) => stored(calls.waitForEnd(...given)),
    },
    forget: (clientId) => store.forget(clientId),
    bytes: () => store.bytes,
  };
}

/** An item on disk. */
interface Saved {
  clientId: string;
  position?: KeptItem['position'];
  expiresAt: number;
  call?: CallState;
  /** The content of a message: its text, or the key of a shared text. */
  parts: { envelope: Envelope; text?: string; shared?: string }[];
}

/** The current state of a call, with the parts added to its item: the response, once it has ended. After that nothing changes. */
type SavedCall = Pick<Saved, 'call' | 'parts'>;

/** @param shared  keys of contents that are already on disk */
function changesIn(journal: Journal, shared: WeakMap<Content, string>): HistoryChanges {
  function sharedKey(content: Content, { id }: KeptItem, index: number): string {
    const known = shared.get(content);
    if (known !== undefined) return known;
    const key = `${KIND.sharedText}${id}.${index}`;
    shared.set(content, key);
    journal.write(key, () => content.text);
    return key;
  }

  return {
    added(item, parts) {
      const isCopy = item.position === undefined;
      const saved: Saved = {
        clientId: item.clientId,
        position: item.position,
        expiresAt: item.expiresAt,
        ...(item.call && { call: item.call }),
        parts: parts.map(({ envelope, content }, index) =>
          isCopy ? { envelope, shared: sharedKey(content, item, index) } : { envelope, text: content.text },
        ),
      };
      journal.write(itemKey(item), () => JSON.stringify(saved));
    },
    callChanged(item, parts) {
      const { call } = item;
      const saved: SavedCall = { call, parts: parts.map(({ envelope, content: { text } }) => ({ envelope, text })) };
      journal.write(callKey(item), () => JSON.stringify(saved));
    },
    dropped(item) {
      journal.write(itemKey(item), undefined);
      if (item.call) journal.write(callKey(item), undefined);
    },
    contentDropped(content) {
      const key = shared.get(content);
      if (key !== undefined) journal.write(key, undefined);
    },
    lost(time) {
      journal.write(LOST_AT, () => String(time));
    },
  };
}

/** Reads all messages, oldest first, from a folder that no server uses. @throws DataFolderError */
export async function* readMessages(
  folder: DataFolder,
  now: number,
): AsyncGenerator<[clientId: string, HistoryRecord]> {
  const { known } = await readHistory(folder, { write() {} });
  for (const { item, parts } of known.items) {
    if (item.expiresAt <= now) continue;
    for (const { envelope, content } of parts) {
      if (!envelope.hidden) yield [item.clientId, recordOf(envelope, content)];
    }
  }
}

async function readHistory(folder: DataFolder, journal: Pick<Journal, 'write'>) {
  const texts = new Map<string, { text: string; content?: Content }>();
  for await (const [key, text] of folder.read(KIND.sharedText)) texts.set(key, { text });
  const shared = new WeakMap<Content, string>();

  function contentOf({ envelope, text, shared: key = '' }: Saved['parts'][number]): Content {
    if (text !== undefined) return contentFromText(text, envelope.size);
    const known = texts.get(key) ?? { text: '{}' };
    known.content ??= contentFromText(known.text, envelope.size);
    shared.set(known.content, key);
    return known.content;
  }

  const calls = new Map<string, SavedCall>();
  for await (const [key, text] of folder.read(KIND.call)) calls.set(key.slice(1), JSON.parse(text));

  const items: { item: Omit<KeptItem, 'held'>; parts: Part[] }[] = [];
  for await (const [key, text] of folder.read(KIND.historyItem)) {
    const { clientId, position, expiresAt, ...first }: Saved = JSON.parse(text);
    const later = calls.get(key.slice(1));
    const call = later?.call ?? first.call;
    const parts = [...first.parts, ...(later?.parts ?? [])];
    const item = { id: Number(key.slice(1)), clientId, position, expiresAt, ...(call && { call }) };
    items.push({ item, parts: parts.map((part) => ({ envelope: part.envelope, content: contentOf(part) })) });
  }
  for (const [key, { content }] of texts) if (!content) journal.write(key, undefined);
  let lostAt = 0;
  for await (const [key, text] of folder.read(KIND.historyLost)) if (key === LOST_AT) lostAt = Number(text);
  return { known: { items, lostAt } satisfies KnownHistory, shared };
}

function itemKey({ id }: Pick<KeptItem, 'id'>): string {
  return KIND.historyItem + String(id).padStart(ID_DIGITS, '0');
}

function callKey({ id }: Pick<KeptItem, 'id'>): string {
  return KIND.call + String(id).padStart(ID_DIGITS, '0');
}
