/** Third-party tools understand the descriptions: linters report nothing, and generated clients can make every call. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder, removeFolders } from '../support/data-folder';
import { go, hasTools, type Language, NODE_FOLDER, node, python, run } from '../support/generated-clients';
import { call } from '../support/http';
import { createKeysFile, type KeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { operationsOf } from '../support/operations';
import { PRODUCT_CALLS } from '../support/product-calls';
import { TestClient } from '../support/test-client';
import { SECRET, startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver';

let receiver: WebhookReceiver;
let keysFile: KeysFile;
let server: TestServer;
let openServer: TestServer;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  const WEBHOOKS = `${newFolder()}.json`;
  writeFileSync(WEBHOOKS, JSON.stringify({ billing: { url: receiver.url, secret: SECRET } }));
  keysFile = createKeysFile();
  server = await startTestServer({ AUTH: 'token', KEYS_FILE: keysFile.path, WEBHOOKS });
  openServer = await startTestServer();
});

afterAll(async () => {
  await Promise.all([server.stop(), openServer.stop()]);
  await receiver.close();
  keysFile.remove();
  removeFolders();
});

/** Writes a description to a folder, and returns the file's name. */
async function save(folder: string, file: string, url: string): Promise<string> {
  const { body } = await call('GET', url);
  writeFileSync(join(folder, file), JSON.stringify(body, null, 2));
  return file;
}

/** A client of the server with access control, and the key for calls about it. */
async function connectClient(): Promise<{ apiKey: string; client: TestClient }> {
  const apiKey = keysFile.read().api_key.current;
  const { body } = await call('POST', `${server.httpUrl}/tokens`, {}, { authorization: `Bearer ${apiKey}` });
  return { apiKey, client: await TestClient.connect(body.websocket_url) };
}

/** Operation ids of the product's calls. Calls that a team has added are generated and compiled, but no program makes them. */
async function operationIds(): Promise<(string | undefined)[]> {
  const { body } = await call('GET', `${server.httpUrl}/openapi.json`);
  const operations = operationsOf(body);
  return PRODUCT_CALLS.map((key) => operations.get(key));
}

function generatedClient(language: Language): void {
  const { name, folder, build, run: program } = language;

  (hasTools(language) ? describe : describe.skip)(`a client in ${name}`, () => {
    it('compiles, makes every call, and understands the answers', async () => {
      await save(folder, 'openapi.json', `${server.httpUrl}/openapi.json`);
      await save(folder, 'asyncapi.json', `${server.httpUrl}/asyncapi.json`);
      for (const command of build) await run(folder, command);
      const { apiKey, client } = await connectClient();

      const environment = { API_URL: server.httpUrl, API_KEY: apiKey, CLIENT_ID: client.clientId };
      const output = await run(folder, program, environment);

      const expected = [...(await operationIds()), 'a problem', 'no key', 'a wrong key'].map((what) => `ok ${what}`);
      expect(output.trim().split(/\r?\n/).sort()).toEqual(expected.sort());
      expect((await client.nextOf('chat_message')).data).toEqual({ content: 'Hello', from_api: true });
      const { data } = await client.nextOf('tool_call');
      expect(data).toMatchObject({ tool_name: 'add', params: { a: 1, nested: { b: [2, null] } } });
      expect((await client.nextOf('tool_call')).data).toMatchObject({ tool_name: 'now', params: {} });
      expect((await client.nextOf('news')).data).toEqual({ text: 'Hello' });
      expect((await client.nextOf('order_packed')).data).toEqual({ parcels: 2 });
      expect((await client.nextOf('order_shipped')).data).toEqual({});
      expect(await client.nextOf('chat_message')).toMatchObject({ data: { content: 'Hello, team' }, group: 'team-7' });
      expect(await client.closed).toMatchObject({ code: 1000 });
    });
  });
}

for (const language of [node, go, python]) generatedClient(language);

(hasTools(node) ? describe : describe.skip)('Spectral', () => {
  const spectral = join(NODE_FOLDER, 'node_modules', '.bin', 'spectral');
  const lint = (files: string[]) =>
    run(NODE_FOLDER, [spectral, 'lint', '--ruleset=spectral.yaml', '--fail-severity=warn', ...files]);

  it('reports nothing, with and without access control', async () => {
    const files = await Promise.all([
      save(NODE_FOLDER, 'closed-openapi.json', `${server.httpUrl}/openapi.json`),
      save(NODE_FOLDER, 'closed-asyncapi.json', `${server.httpUrl}/asyncapi.json`),
      save(NODE_FOLDER, 'open-openapi.json', `${openServer.httpUrl}/openapi.json`),
      save(NODE_FOLDER, 'open-asyncapi.json', `${openServer.httpUrl}/asyncapi.json`),
    ]);
    await lint(files);
  });

  it('reports an example that is not valid', async () => {
    const { body } = await call('GET', `${server.httpUrl}/openapi.json`);
    body.paths['/clients'].get.responses[200].content['application/json'].example = { clients: 'none' };
    writeFileSync(join(NODE_FOLDER, 'broken.json'), JSON.stringify(body));
    await expect(lint(['broken.json'])).rejects.toThrow('oas3-valid-media-example');
  });
});
