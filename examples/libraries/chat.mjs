// A conversation with the client library: it reconnects by itself, and loses nothing.
//   node chat.mjs [ws://localhost:9004]      (Node.js 20: node --experimental-websocket chat.mjs)
import { createInterface } from 'node:readline';
import { createClient } from '@switchboard/client';

const client = createClient({ url: process.argv[2] ?? 'ws://localhost:9004' });

client.onState(({ state, message }) => console.error(`[${state}] ${message ?? ''}`));
client.on('chat_message', ({ data }) => console.log(`> ${data.content}`));
client.onToolCall('add_here', ({ a, b }) => a + b);

await client.connect();
await client.registerTools([{ name: 'add_here', description: 'Adds two numbers.' }]);
for await (const line of createInterface({ input: process.stdin })) {
  console.log((await client.chat(line)).content);
}
await client.close();
