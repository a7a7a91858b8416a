/** `resume`: sends a client what it missed, and says whether that is everything. */
import { frameOfRecord } from '../delivery/keep';
import type { LogOfGroup } from '../ports/broadcast-store';
import { type CallState, statusOf } from '../ports/call';
import type { Dependencies } from '../ports/dependencies';
import { UnavailableError } from '../ports/errors';
import type { PlacedItem, Stretch } from '../ports/history-store';
import { encode, type Frame } from '../protocol/codec';
import { type JsonObject, parseJson } from '../protocol/json';
import { ANSWER_KEEPS_POSITION_MS, MAX_RESUMED_BYTES } from '../protocol/limits';
import {
  broadcastPositionAt,
  broadcastTime,
  epochStart,
  newBroadcastPosition,
  type Position,
} from '../protocol/position';
import { type Resumed, resumed, type ServerMessage } from '../protocol/server-messages';

/** The position up to which a client has everything. */
export interface ResumeRequest extends Position {
  /** Without it, no broadcasts are replayed. */
  broadcast?: string | null | undefined;
}

export interface ResumeContext {
  clientId: string;
  connectionId: string;
  /** The last position assigned; undefined if the store is not available. */
  position: Position | undefined;
  labels: readonly string[];
}

export type Resume = (request: ResumeRequest, context: ResumeContext) => Promise<ServerMessage>;

/** Milliseconds to wait for an answer in progress: it can keep its position for a second, and is stored by then. */
const WAIT = ANSWER_KEEPS_POSITION_MS + 200;

/** The same as pauses between reads, so that an answer that is soon there is soon sent. */
const PAUSES = [WAIT / 12, WAIT / 4, (WAIT * 2) / 3];

/** Positions that one call voids; each costs a write. */
const MAX_VOIDS = 200;

/**
 * Milliseconds before a client's last broadcast from which broadcasts are replayed. A broadcast to many clients takes minutes, so one
 * that began earlier can arrive later. The client drops duplicates by their `message_id`.
 */
const OVERLAP = 600_000;

/** Tolerated clock skew in milliseconds between the host that wrote a membership and the host that sent to the group. */
const CLOCKS_DIFFER = 1_000;

/**
 * Suffix of a position between two pages: the next page starts exactly there, without the overlap. It sorts after all positions of the
 * same time.
 */
const EXACT = '~';

export type ResumeDependencies = Pick<
  Dependencies,
  'history' | 'calls' | 'broadcasts' | 'groups' | 'connections' | 'clock' | 'log'
>;

/** A client's own frames that it missed. */
interface Missed {
  reason: Resumed['reason'];
  frames: Frame[];
  bytes: number;
  voids: number[];
  position: Position;
  hasMore: boolean;
}

export function createResume(dependencies: ResumeDependencies): Resume {
  const { history, calls, broadcasts, groups, connections, clock, log } = dependencies;

  /** True if every position before this item was assigned so long ago that a late answer would take a new position. */
  function isOld({ records: [first] }: PlacedItem): boolean {
    return first !== undefined && clock.now() - Date.parse(first.timestamp) > WAIT;
  }

  /**
   * Accounts for each position of a stretch: it has an item, or is voided for good. Waits for answers in progress.
   * @param from  the position before the stretch
   * @param pauses  milliseconds to wait, until there is nothing left to wait for
   */
  async function complete(
    clientId: string,
    from: Position,
    last: Position,
    { items, hasMore }: Stretch,
    [pause, ...later]: readonly number[] = PAUSES,
  ): Promise<PlacedItem[]> {
    const readAgain = async () => complete(clientId, from, last, await read(clientId, from), later);
    const end = hasMore ? (items.at(-1)?.position.seq ?? from.seq) : last.seq;
    const holes = holesOf(items, from.seq, end);
    const newest = holes.at(-1);
    if (newest === undefined) return items;
    if (pause !== undefined && !items.some((item) => item.position.seq > newest && isOld(item))) {
      await clock.sleep(pause);
      return readAgain();
    }
    const made = await Promise.all(holes.map((seq) => history.void(clientId, { epoch: from.epoch, seq })));
    if (made.includes(false)) return readAgain(); // an answer arrived in the meantime
    const voids = holes.map((seq) => ({ clientId, position: { epoch: from.epoch, seq }, records: [] }));
    const reach = holes.length < MAX_VOIDS ? end : newest;
    return [...items, ...voids]
      .filter(({ position }) => position.seq <= reach)
      .sort((one, other) => one.position.seq - other.position.seq);
  }

  function read(clientId: string, from: Position): Promise<Stretch> {
    return history.after(clientId, from, MAX_RESUMED_BYTES);
  }

  async function missedBy(
    request: Position,
    { clientId, connectionId }: ResumeContext,
    last: Position,
  ): Promise<Missed> {
    const isKnown = request.epoch === last.epoch && request.seq <= last.seq;
    let from: Position = { epoch: last.epoch, seq: isKnown ? request.seq : 0 };
    let reason: Resumed['reason'] = isKnown ? undefined : 'unknown_position';
    const stretch = await read(clientId, from);
    const first = stretch.items[0]?.position.seq ?? last.seq + 1;
    if (first > from.seq + 1 && !(await history.reachesBackTo(clientId, from))) {
      reason ??= 'expired';
      from = { epoch: from.epoch, seq: first - 1 };
    }
    const missed: Missed = { reason, frames: [], bytes: 0, voids: [], position: from, hasMore: false };
    for (const item of await complete(clientId, from, last, stretch)) {
      const frame = await frameToGive(item);
      if (!frame) missed.voids.push(item.position.seq);
      else if (!(await add(missed, frame, encode(frame), connectionId))) {
        missed.hasMore = true;
        return missed;
      }
      missed.position = item.position;
    }
    missed.hasMore = missed.position.seq < last.seq;
    return missed;
  }

  /** Undefined for a void item, for a held push that has expired, and for a call that has ended: nobody needs its result. */
  async function frameToGive(item: PlacedItem): Promise<Frame | undefined> {
    const record = item.records.findLast(({ direction }) => direction === 'out');
    if (!record) return undefined;
    const isOver = item.call ? !(await isPending(item, item.call)) : (record.heldUntil ?? Infinity) <= clock.now();
    return isOver ? undefined : frameOfRecord(record, item.position);
  }

  /**
   * Whether a call still needs its result. A call that was held for its client is handed over, so that it does not expire when the hold
   * ends.
   */
  async function isPending({ clientId, position }: PlacedItem, call: CallState): Promise<boolean> {
    if (statusOf(call, clock.now()) !== 'pending') return false;
    if (call.answerBy === undefined) return true;
    const item = await calls.handOver(clientId, position);
    return item !== undefined && statusOf(item.call, clock.now()) === 'pending';
  }

  /**
   * Adds a frame if there is room. A frame that is too large even alone is posted by itself.
   * @returns false if the frame was not added
   */
  async function add(missed: Missed, frame: Frame, text: string, connectionId: string): Promise<boolean> {
    const bytes = Buffer.byteLength(text);
    if (missed.bytes + bytes > MAX_RESUMED_BYTES) {
      if (missed.frames.length === 0) await connections.post(connectionId, text);
      return false;
    }
    missed.frames.push(frame);
    missed.bytes += bytes;
    return true;
  }

  /** The log of each of the client's groups, from the time it joined. */
  async function groupLogs(clientId: string): Promise<LogOfGroup[]> {
    const memberships = await groups.groupsOf(clientId);
    return memberships.map(({ group, joinedAt }) => {
      return { group, since: broadcastPositionAt(Date.parse(joinedAt) - CLOCKS_DIFFER) };
    });
  }

  /** Adds missed broadcasts. @returns the client's new position in the broadcast log */
  async function addBroadcasts(
    missed: Missed,
    after: string | null | undefined,
    { clientId, connectionId, labels }: ResumeContext,
  ): Promise<string> {
    const now = newBroadcastPosition(clock.now());
    const isExact = after?.endsWith(EXACT) === true;
    const known = isExact ? after.slice(0, -EXACT.length) : (after ?? '');
    const time = broadcastTime(known);
    if (!after || Number.isNaN(time)) return now;
    if (missed.hasMore) return after;
    const first = epochStart(missed.position.epoch); // the client did not exist before
    const from = isExact ? known : broadcastPositionAt(Math.max(first, time - OVERLAP));
    const {
      broadcasts: logged,
      hasMore,
      hasGap,
    } = await broadcasts.logged(
      from,
      MAX_RESUMED_BYTES - missed.bytes,
      await groupLogs(clientId),
      isExact || time >= first ? known : from, // what was dropped before the client's position is not missing
    );
    if (hasGap) missed.reason ??= 'expired';
    let position = from;
    for (const { position: at, text, owner } of logged) {
      if (owner !== undefined && owner !== labels[0]) {
        position = at;
        continue;
      }
      const isAlone = missed.frames.length === 0;
      const isAdded = await add(missed, parseJson(text) as unknown as Frame, text, connectionId);
      if (isAdded || isAlone) position = at; // a frame posted alone has no number by which to ask for it again
      if (!isAdded) {
        missed.hasMore = true;
        return `${position}${EXACT}`;
      }
    }
    missed.hasMore = hasMore;
    return hasMore ? `${position}${EXACT}` : now;
  }

  return async function resume(request, context) {
    const { clientId, position: last } = context;
    if (!last) throw new UnavailableError(new Error('the store did not return the position of the client'));
    const missed = await missedBy(request, context, last);
    const broadcast = await addBroadcasts(missed, request.broadcast, context);
    log.info('resumed', { client_id: clientId, frames: missed.frames.length, recovered: missed.reason === undefined });
    const frames = missed.frames as unknown as JsonObject[];
    return resumed({ ...missed, frames, broadcast, void: missed.voids });
  };
}

/** Positions without an item, at most `MAX_VOIDS`, lowest first. */
function holesOf(items: readonly PlacedItem[], after: number, end: number): number[] {
  const there = new Set(items.map(({ position }) => position.seq));
  const holes: number[] = [];
  for (let seq = after + 1; seq <= end && holes.length < MAX_VOIDS; seq++) if (!there.has(seq)) holes.push(seq);
  return holes;
}
