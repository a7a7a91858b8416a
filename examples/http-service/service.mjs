// A service that answers chats: `RESPONDER=http` has Switchboard ask it. Node.js 20 or newer.
//   SECRET=whsec_c2VjcmV0IG9mIHRoZSBleGFtcGxl PORT=8080 node service.mjs
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const { PORT = '8080', SECRET } = process.env;

/** Standard Webhooks: HMAC-SHA256 of id, time and body. In your own service a library of standardwebhooks.com does this. */
function isSigned({ headers }, body) {
  if (!SECRET) return true; // for a first try; never like this in earnest
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures = '' } = headers;
  if (Math.abs(Date.now() / 1000 - Number(time)) > 300) return false;
  const key = Buffer.from(SECRET.replace(/^whsec_/, ''), 'base64');
  const expected = Buffer.from(createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64'));
  return signatures.split(' ').some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const server = createServer(async (request, response) => {
  const body = await text(request);
  if (!isSigned(request, body)) return response.writeHead(401).end();
  const { message, history } = JSON.parse(body);
  const answer = `You said "${message.content}", after ${history.length} messages before.`;
  // A stream is shown as it comes. To answer at once, send {"content": "…"} as application/json.
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const word of answer.split(/(?<= )/)) {
    if (response.closed) return; // cancelled
    response.write(`data: ${JSON.stringify({ delta: word })}\n\n`);
    await pause(50);
  }
  response.end('data: [DONE]\n\n');
});

server.listen(Number(PORT), '127.0.0.1', () => console.log(`Listening on http://127.0.0.1:${server.address().port}`));
