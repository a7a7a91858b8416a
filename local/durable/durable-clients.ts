/** Persistent clients: the in-memory store, plus a record of each client on disk, and of each of its sender numbers. */
import { type ClientStore, REMEMBERED_NUMBERS } from '../../lambdas/ports/client-store';
import {
  type ClientChanges,
  createMemoryClients,
  type KnownClient,
  type MemoryClientsOptions,
  type Taken,
} from '../memory/memory-clients';
import type { DataFolder } from './data-folder';
import type { Journal } from './journal';
import { KIND } from './record-kinds';

/** Positions need no separate commit: a position becomes visible only when the later record of its message is on disk. */
export async function openDurableClients(
  options: MemoryClientsOptions,
  folder: DataFolder,
  journal: Journal,
): Promise<ClientStore> {
  const known = await readClients(folder);
  const store = createMemoryClients({ ...options, changes: changesIn(journal), known });
  return {
    ...store,
    async connect(connection) {
      journal.assertWorks();
      const connected = await store.connect(connection);
      await journal.stored(); // the client is told its epoch
      return connected;
    },
  };
}

function changesIn(journal: Journal): ClientChanges {
  return {
    changed(client) {
      journal.write(clientKey(client), () => clientText(client));
    },
    numberChanged(client, slot) {
      const taken = client.numbers?.[slot];
      journal.write(numberKey(client, slot), taken && (() => numberText(taken)));
    },
    forgotten(client) {
      journal.write(clientKey(client), undefined);
      for (let slot = 0; slot < REMEMBERED_NUMBERS; slot++) {
        if (client.numbers?.[slot]) journal.write(numberKey(client, slot), undefined);
      }
    },
  };
}

async function readClients(folder: DataFolder): Promise<KnownClient[]> {
  const clients = new Map<string, KnownClient>();
  for await (const [key, text] of folder.read(KIND.client)) clients.set(key.slice(1), clientFrom(key, text));
  for await (const [key, text] of folder.read(KIND.senderNumber)) {
    const space = key.indexOf(' ');
    const client = clients.get(key.slice(space + 1));
    if (!client) continue;
    client.numbers ??= [];
    client.numbers[Number(key.slice(1, space))] = numberFrom(text);
  }
  return [...clients.values()].sort((one, other) => Math.sign(one.expiresAt - other.expiresAt) || 0);
}

/** As JSON, because an id can contain a lone surrogate, which is not valid UTF-8. */
function clientKey({ clientId }: KnownClient): string {
  return KIND.client + JSON.stringify(clientId);
}

function numberKey({ clientId }: KnownClient, slot: number): string {
  return `${KIND.senderNumber}${slot} ${JSON.stringify(clientId)}`;
}

function clientText({ epoch, seq, ackedSeq, labels, expiresAt }: KnownClient): string {
  const ends = Number.isFinite(expiresAt) ? expiresAt : null;
  return JSON.stringify(labels.length === 0 ? [epoch, seq, ackedSeq, ends] : [epoch, seq, ackedSeq, ends, labels]);
}

function clientFrom(key: string, text: string): KnownClient {
  const [epoch, seq, ackedSeq, expiresAt, labels = []] = JSON.parse(text);
  const clientId = JSON.parse(key.slice(1));
  return {
    clientId,
    epoch,
    seq,
    ackedSeq,
    labels,
    numbers: undefined,
    expiresAt: expiresAt ?? Number.POSITIVE_INFINITY,
  };
}

function numberText({ sender, number, seq, takenAt }: Taken): string {
  return JSON.stringify([sender, number, seq, takenAt]);
}

function numberFrom(text: string): Taken {
  const [sender, number, seq, takenAt] = JSON.parse(text);
  return { sender, number, seq, takenAt };
}
