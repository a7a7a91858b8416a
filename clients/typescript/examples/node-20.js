// Node.js 20 has no WebSocket of its own: npm install ws
import { createClient } from '@switchboard/client';
import { WebSocket } from 'ws';

const client = createClient({ url: 'ws://localhost:9004', webSocket: WebSocket });
await client.connect();
const { content } = await client.chat('Hello');
console.log(content);
await client.close();
