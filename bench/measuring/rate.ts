/** How many messages a second are answered, their cost in the server's processor time, and which processor was the limit. */
import { setTimeout as pause } from 'node:timers/promises';
import type { MessageName } from '../load/messages';
import { IN_FLIGHT } from '../plan';
import type { Trial } from './trial';

/** Milliseconds from the first message until figures count. */
const RUN_IN = 300;

export async function measureRate({ server, load, record }: Trial, message: MessageName, seconds: number) {
  await load.call('startRate', { message, inFlight: IN_FLIGHT });
  await pause(RUN_IN);
  const [usedBefore, before] = [await server.usage('processor'), await load.call('sample')];
  await pause(seconds * 1_000);
  const [usedAfter, after] = [await server.usage('processor'), await load.call('sample')];
  await load.call('stopRate');

  const messages = after.answered - before.answered;
  const elapsed = (after.at - before.at) * 1_000; // in microseconds, like the processor times
  const used = usedAfter.processor - usedBefore.processor;
  record(`${message}_rate`, messages / (elapsed / 1_000_000));
  record(`${message}_processor`, used / messages);
  record(`${message}_server_busy`, used / elapsed);
  record(`${message}_load_busy`, (after.processor - before.processor) / elapsed);
}
