// A device that talks with the server, runs its tools, and survives a restart. Ctrl+C ends it.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createClient } from '@switchboard/client';

const FILE = 'switchboard-state.json';

const client = createClient({
  url: process.argv[2] ?? 'ws://localhost:9004',
  storage: {
    load: () => readFile(FILE, 'utf8').catch(() => undefined),
    async save(text) {
      await writeFile(`${FILE}.new`, text);
      await rename(`${FILE}.new`, FILE); // a crash leaves the old file or the new one, never half of one
    },
  },
});

client.onState(({ state, reason, retryInMs }) => console.error(state, reason ?? '', retryInMs ?? ''));
client.onRecovery(({ recovered, count, reason }) => {
  console.error(recovered ? `${count} frames came late` : `frames may be lost: ${reason}`);
});
client.on('chat_message', ({ data }) => console.log(data.content));
client.on('notification', ({ data }) => console.log('to everybody:', data.message));

client.onToolCall('read_sensor', async ({ name }, { signal }) => {
  signal.throwIfAborted();
  return { name, celsius: 21.5 };
});

process.once('SIGINT', () => client.close());

await client.connect();
const { content } = await client.chat('Tell me a story', { onText: (text) => console.error(text) });
console.log(content);
