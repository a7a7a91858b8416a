/** One trial: a server with a small heap, a quiet period, an attack, and what an honest client and the process notice of it. */
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { TestClient } from '../../test/support/test-client';
import { type Child, startChild } from '../child';
import { startTarget, type TargetProcess } from '../target-process';
import { type AssaultName, assaults, type Victim } from './assaults';
import type { BystanderRequest, Pings } from './bystander';
import type { Counts } from './swarm';

export interface TrialResult {
  label: string;
  quiet: Pings;
  attacked: Pings;
  /** Maximum memory of the process in bytes, as reported by its system. */
  peakRss: number;
  counts: Counts;
  /** Heap growth in bytes between a fifth of the frames and all of them; only if frames are counted. */
  heapGrowth?: number;
  /** Why the server no longer serves; undefined if it does. */
  failure?: string;
}

export interface TrialOptions {
  label: string;
  names: readonly AssaultName[];
  /** Duration of the attack. */
  seconds: number;
  quietSeconds: number;
  seed: number;
  /** The honest client uses the attackers' address. */
  isOneAddress: boolean;
}

/**
 * Clients have no rate limit, so that only fairness protects them; the history and the data about clients are small, so that a leak shows.
 */
const victim = {
  label: 'the server under attack',
  program: 'test/support/server-program.ts',
  environment: { CLIENT_RATE: '0', LOG_LEVEL: 'error', HISTORY_TOTAL_BYTES: '1048576' },
  dialect: 'websocket',
} as const;

const HEAP = '--max-old-space-size=512';

/** Seconds of pings before any count. */
const WARM_UP = 5;

/** Attackers usually have other machines: here they run at a lower priority than the server and the measured client. */
const ATTACKER_PRIORITY = 10;

/** Checks of whether an attack has started, ten a second. */
const LOOKS = 600;

export async function runTrial({
  label,
  names,
  seconds,
  quietSeconds,
  seed,
  isOneAddress,
}: TrialOptions): Promise<TrialResult> {
  const server = await startTarget(victim, [HEAP]);
  const bystander = startChild({ program: 'bench/attack/bystander.ts', options: [server.webSocketUrl] });
  const attackers: Child[] = [];
  const ask = (request: BystanderRequest) => bystander.ask(request) as Promise<Pings>;
  try {
    await bystander.before(new Promise((resolve) => bystander.process.once('message', resolve)));
    await setTimeout(WARM_UP * 1_000);
    await ask('begin');
    await setTimeout(quietSeconds * 1_000);
    const quiet = await ask('end');

    const { webSocketUrl, httpUrl } = server;
    for (const [index, name] of names.entries()) {
      const address = isOneAddress ? undefined : addressOfAttack(index);
      attackers.push(startAttacker(name, { webSocketUrl, httpUrl, address, seconds, seed }));
    }
    for (const attacker of attackers) await untilBegun(attacker);
    await ask('begin');
    const isCounted = names.includes('hostile_frames') && names.length === 1;
    const heapGrowth = isCounted ? await untilSent(attackers[0] as Child, server) : await setTimeout(seconds * 1_000);
    const attacked = await ask('end');
    const peakRss = peakOf(server);
    const counts = await sumOf(attackers);
    const failure = await whyNotServed(server);
    return { label, quiet, attacked, peakRss, counts, ...(heapGrowth !== undefined && { heapGrowth }), failure };
  } finally {
    await Promise.all([...attackers, bystander].map((child) => child.stop()));
    await server.stop();
  }
}

/** Each attack has its own address, if the system has all of 127.0.0.0/8. */
function addressOfAttack(index: number): string | undefined {
  return process.platform === 'linux' ? `127.0.0.${2 + index}` : undefined;
}

function startAttacker(name: AssaultName, about: Victim): Child {
  const child = startChild({ program: 'bench/attack/attacker.ts', options: [name, JSON.stringify(about)] });
  if (child.process.pid !== undefined) setPriority(child.process.pid, ATTACKER_PRIORITY);
  return child;
}

/** Its process takes a while to start. @throws if no connection was opened for too long */
async function untilBegun(attacker: Child): Promise<void> {
  for (let looks = 0; ((await attacker.ask('counts')) as Counts).opened === 0; looks += 1) {
    if (looks === LOOKS) throw new Error('an attacker has opened no connection');
    await setTimeout(100);
  }
}

async function untilSent(attacker: Child, server: TargetProcess): Promise<number> {
  const { frames } = assaults.hostile_frames;
  let fifth: number | undefined;
  for (;;) {
    await setTimeout(250);
    const { sent } = (await attacker.ask('counts')) as Counts;
    if (fifth === undefined && sent >= frames / 5) fifth = (await server.usage('memory')).heap;
    if (sent >= frames) return (await server.usage('memory')).heap - (fifth ?? 0);
  }
}

async function sumOf(attackers: readonly Child[]): Promise<Counts> {
  const sum: Counts = { opened: 0, cutOff: 0, sent: 0 };
  for (const attacker of attackers) {
    const counts = (await attacker.ask('counts')) as Counts;
    for (const key of ['opened', 'cutOff', 'sent'] as const) sum[key] += counts[key];
  }
  return sum;
}

/** @returns bytes */
function peakOf({ pid }: TargetProcess): number {
  const [, kibibytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1_024;
}

/** During the attack. */
async function whyNotServed({ webSocketUrl }: TargetProcess): Promise<string | undefined> {
  try {
    const client = await TestClient.connect(webSocketUrl);
    const answer = await client.ask({ type: 'chat_message', data: { content: 'hello' } });
    await client.close();
    return answer.type === 'chat_response' ? undefined : `a new client was answered ${answer.type}`;
  } catch (error) {
    return `a new client was not served: ${error}`;
  }
}
