// A device that talks with the server, runs its tools, and survives a restart. Ctrl+C ends it.
import { createClient } from '@switchboard/client';
import { fileStorage } from '@switchboard/client/file-storage';

const client = createClient({
  url: process.argv[2] ?? 'ws://localhost:9004',
  storage: fileStorage(process.argv[3] ?? 'switchboard-state.json'),
});

client.onState(({ state, message, retryInMs }) => console.error(state, message ?? '', retryInMs ?? ''));
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
