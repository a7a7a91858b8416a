/** A run: in each round every server is restarted, and runs the steps of the plan one after the other. */
import { MESSAGE_NAMES, type MessageName } from './load/messages';
import { type LoadProcess, startLoadProcess } from './load-process';
import type { MeasureName } from './measures';
import { measureBroadcasts } from './measuring/broadcast';
import { measureLatency } from './measuring/latency';
import { measureMemory } from './measuring/memory';
import { measureRate } from './measuring/rate';
import { closeClients, openClients, type Trial } from './measuring/trial';
import type { Plan, Step } from './plan';
import { Readings } from './readings';
import { startTarget, type TargetProcess } from './target-process';
import { type Target, type TargetName, targets } from './targets/targets';

/** Sent to a server before anything counts: each kind of message, repeated after the others have had their turn; then broadcasts. */
const WARM_UP = { clients: 50, passes: 2, seconds: 0.3, readers: 500, broadcasts: 5 };

const messagesOf = ({ isForeign }: Target): readonly MessageName[] => (isForeign ? [] : MESSAGE_NAMES);

/** @param say  reports progress */
export async function run(plan: Plan, say: (text: string) => void): Promise<Readings> {
  const readings = new Readings();
  const load = startLoadProcess();
  try {
    for (let round = 0; round < plan.rounds; round += 1) {
      const at = `round ${round + 1} of ${plan.rounds}`;
      await takeRound(plan, { load, readings, round, say: (text) => say(`${at}: ${text}`) });
    }
  } finally {
    await load.stop();
  }
  return readings;
}

interface Round {
  load: LoadProcess;
  readings: Readings;
  round: number;
  say(text: string): void;
}

async function takeRound(plan: Plan, { load, readings, round, say }: Round): Promise<void> {
  const servers = new Map<TargetName, TargetProcess>();
  const trialOf = (name: TargetName, connections: number): Trial => ({
    server: servers.get(name) as TargetProcess,
    load,
    record: (measure: MeasureName, value) => readings.add({ measure, target: name, connections, round, value }),
  });
  try {
    for (const connections of plan.memory.at) {
      for (const name of rotated(plan.memory.targets, round)) {
        say(`memory of ${connections} connections, ${targets[name].label}`);
        servers.set(name, await startTarget(targets[name]));
        await measureMemory(trialOf(name, connections), connections);
        await servers.get(name)?.stop();
        servers.delete(name);
      }
    }
    const used = [...new Set(plan.steps.flatMap((step) => step.targets))];
    for (const name of rotated(used, round)) {
      say(`${targets[name].label} starts`);
      const server = await startTarget(targets[name]);
      servers.set(name, server);
      const trial = trialOf(name, 0);
      if (!server.target.isForeign) trial.record('start_up', server.startUp);
      await warmUp(
        trial,
        plan.steps.some(({ broadcasts, targets: some }) => broadcasts !== undefined && some.includes(name)),
      );
    }
    for (const step of plan.steps) {
      for (const name of rotated(step.targets, round)) {
        say(`${step.connections} connections, ${targets[name].label}`);
        await takeStep(step, trialOf(name, step.connections));
      }
    }
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

/** No server is always first, or always after the same one. */
function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const first = by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

async function warmUp(trial: Trial, hasBroadcasts: boolean): Promise<void> {
  const uncounted = { ...trial, record() {} };
  await openClients(trial, WARM_UP.clients);
  for (let pass = 0; pass < WARM_UP.passes; pass += 1) {
    for (const message of messagesOf(trial.server.target)) await measureRate(uncounted, message, WARM_UP.seconds);
  }
  if (hasBroadcasts) {
    await openClients(trial, WARM_UP.readers);
    await measureBroadcasts(uncounted, WARM_UP.readers, WARM_UP.broadcasts);
  }
  await closeClients(trial);
}

async function takeStep({ connections, rateSeconds, latencyMessages, broadcasts }: Step, trial: Trial): Promise<void> {
  const { rate, processor } = await openClients(trial, connections);
  trial.record('connects', rate);
  trial.record('connects_processor', processor);
  for (const message of messagesOf(trial.server.target)) {
    if (rateSeconds !== undefined) await measureRate(trial, message, rateSeconds);
    if (latencyMessages !== undefined) await measureLatency(trial, message, latencyMessages);
  }
  if (broadcasts !== undefined) await measureBroadcasts(trial, connections, broadcasts);
  await closeClients(trial);
}
