/** Backups of a running server, and exports: `switchboard backup` and `switchboard export`. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backUp } from '../../cli/backup/backup';
import { controlPath } from '../../local/control-socket';
import { newFolder, removeFolders } from '../support/data-folder';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer } from '../support/local-server';
import { endPrograms, type ProgramExit, startProgram } from '../support/program';
import { ROOT } from '../support/readme';
import { TestClient } from '../support/test-client';

const CLIENTS = 8;

afterAll(() => {
  endPrograms();
  removeFolders();
});

function switchboard(args: string[], environment: Record<string, string> = {}): Promise<ProgramExit> {
  const program = ['--import', 'tsx', 'cli/switchboard/main.ts', ...args];
  return startProgram(process.execPath, program, { cwd: ROOT, environment }).exit;
}

/** Chats without a pause until stopped. */
function chatter(client: TestClient) {
  const answered: string[] = [];
  let isOver = false;
  async function chat(): Promise<void> {
    for (let count = 1; !isOver; count++) {
      await client.ask({ type: 'chat_message', data: { content: `message ${count}` }, message_id: `m-${count}` });
      answered.push(`m-${count}`);
    }
  }
  const over = chat();
  return {
    clientId: client.clientId,
    answered,
    async stop() {
      isOver = true;
      await over;
      await client.close();
    },
  };
}

const startOn = (folder: string) => startTestServer({ DATA_DIR: folder, CLIENT_RATE: '0' });

async function messageIds(httpUrl: string, clientId: string): Promise<string[]> {
  const { body } = await call('GET', `${httpUrl}/clients/${clientId}/messages?limit=1000`);
  return body.messages.map(({ message_id }: { message_id: string }) => message_id);
}

describe('a backup while clients chat', () => {
  it('contains every message answered before it began, and a server starts from it', async () => {
    const [data, backup] = [newFolder(), newFolder()];
    const server = await startOn(data);
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => TestClient.connect(server.webSocketUrl)));
    const chatters = clients.map(chatter);
    while (chatters.some(({ answered }) => answered.length < 50)) await new Promise(setImmediate);

    const before = chatters.map(({ clientId, answered }) => ({ clientId, answered: [...answered] }));
    await backUp(data, backup);
    await Promise.all(chatters.map(({ stop }) => stop()));
    await server.stop();

    const restored = await startOn(backup);
    for (const { clientId, answered } of before) {
      expect(await messageIds(restored.httpUrl, clientId)).toEqual(expect.arrayContaining(answered));
    }
    await restored.stop();
  });

  it('is refused if the target exists, and leaves the target unchanged', async () => {
    const [data, taken] = [newFolder(), newFolder()];
    mkdirSync(taken);
    writeFileSync(join(taken, 'mine.txt'), 'mine');
    const server = await startOn(data);
    await expect(backUp(data, taken)).rejects.toThrow(
      `${taken} is not empty. Name an empty folder, or one that does not exist yet.`,
    );
    await server.stop();
    expect(readdirSync(taken)).toEqual(['mine.txt']);
    expect(readdirSync(join(taken, '..'))).toEqual(['data']);
  });

  it('is only allowed for the user who runs the server', async () => {
    const data = newFolder();
    const server = await startOn(data);
    expect(statSync(controlPath(data)).mode & 0o777).toBe(0o600);
    await server.stop();
    expect(existsSync(controlPath(data))).toBe(false);
  });

  it('works after a server was killed and left its socket behind', async () => {
    const [data, backup] = [newFolder(), newFolder()];
    await (await startOn(data)).stop();
    writeFileSync(controlPath(data), '');
    const server = await startOn(data);
    await backUp(data, backup);
    await server.stop();
    expect(readdirSync(backup).sort()).toEqual(['format.json', 'store']);
  });
});

describe('switchboard backup', () => {
  it('copies the data of a stopped server', async () => {
    const [data, backup] = [newFolder(), newFolder()];
    await (await startOn(data)).stop();
    const done = await switchboard(['backup', backup], { DATA_DIR: data });
    expect(done).toEqual({ code: 0, stdout: `${data} is backed up in ${backup}.\n`, stderr: '' });
    await (await startOn(backup)).stop();
  });

  it('reports missing data', async () => {
    const data = newFolder();
    const { code, stderr } = await switchboard(['backup', newFolder(), '--data-dir', data]);
    expect([code, stderr]).toEqual([
      1,
      `${data} has no Switchboard data. Name the folder in the DATA_DIR of the server.\n`,
    ]);
  });
});

describe('switchboard export', () => {
  const linesOf = ({ stdout }: ProgramExit) => stdout.trim().split('\n').filter(Boolean);

  it('prints the same from a running server as from its data, including exact numbers', async () => {
    const data = newFolder();
    const server = await startOn(data);
    const client = await TestClient.connect(server.webSocketUrl);
    client.sendText(
      '{"type":"tool_call","data":{"tool_name":"none","params":{"id":12345678901234567890}},"message_id":"m-1"}',
    );
    await client.nextOf('tool_response');
    const running = await switchboard(['export', '--url', server.httpUrl]);
    const named = await switchboard(['export', client.clientId, '--url', server.httpUrl]);
    await client.close();
    await server.stop();
    const stopped = await switchboard(['export', '--data-dir', data]);
    const [asked, answered] = linesOf(running).map((line) => JSON.parse(line));
    expect(asked).toMatchObject({ client_id: client.clientId, direction: 'in', type: 'tool_call', message_id: 'm-1' });
    expect(answered).toMatchObject({ client_id: client.clientId, direction: 'out', reply_to: 'm-1' });
    expect(running.stdout).toContain('12345678901234567890');
    expect([named.stdout, stopped.stdout]).toEqual([running.stdout, running.stdout]);
    expect([running.stderr, stopped.stderr]).toEqual(['', '']);
  });

  it('sends API_KEY, and asks for it if it is missing', async () => {
    const keys = createKeysFile();
    const server = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path });
    const without = await switchboard(['export', '--url', server.httpUrl]);
    const withKey = await switchboard(['export', '--url', server.httpUrl], { API_KEY: keys.read().api_key.current });
    await server.stop();
    keys.remove();
    expect([without.code, without.stderr]).toEqual([
      1,
      `${server.httpUrl} refuses this call (HTTP 401): set API_KEY to its API key.\n`,
    ]);
    expect(withKey).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('leaves out the audit log, which is stored with the messages', async () => {
    const keys = createKeysFile();
    const data = newFolder();
    const server = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path, DATA_DIR: data });
    const { status } = await call(
      'POST',
      `${server.httpUrl}/tokens`,
      {},
      {
        authorization: `Bearer ${keys.read().api_key.current}`,
      },
    );
    await server.stop();
    keys.remove();
    expect(status).toBe(200);
    expect(await switchboard(['export', '--data-dir', data])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('reports an unknown client', async () => {
    const server = await startTestServer();
    const { code, stderr } = await switchboard(['export', 'nobody', '--url', server.httpUrl]);
    await server.stop();
    expect([code, stderr]).toEqual([1, `${server.httpUrl} has no /clients/nobody/messages.\n`]);
  });
});
