/**
 * `npm run bench:replies`: how soon a streamed answer begins after the model's first token, and how many posts it takes, in one process and
 * with `--wire`. `-- --seconds=300` has one answer of five minutes on each.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chunk, type FakeEndpoint, LAST_CHUNKS, startFakeEndpoint } from '../../test/support/fake-endpoint';
import { startTestServer } from '../../test/support/local-server';
import { TestClient } from '../../test/support/test-client';
import { describeMachine } from '../machine';
import { textTable } from '../report/text-table';

const TOKENS_PER_SECOND = 50;

/** Without `--seconds`, each run makes this many answers of ten seconds, one after the other. */
const SHORT = { seconds: 10, answers: 5 };

interface Reply {
  /** Milliseconds from the model's first token to the first piece at the client. */
  firstPiece: number;
  /** Frames that the client got, `processing` among them. */
  posts: number;
  seconds: number;
}

/** Answers one request, token by token. @returns when the first left, and the whole text */
async function answer(endpoint: FakeEndpoint, seconds: number): Promise<{ firstAt: number; text: string }> {
  const { response } = await endpoint.next();
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const firstAt = performance.now();
  let text = '';
  for (let token = 0; token < seconds * TOKENS_PER_SECOND; token++) {
    const due = firstAt + (token * 1_000) / TOKENS_PER_SECOND;
    if (due > performance.now()) await pause(due - performance.now());
    const word = `${token} `;
    text += word;
    response.write(chunk({ content: word }));
  }
  response.end(LAST_CHUNKS);
  return { firstAt, text };
}

async function replyOf(client: TestClient, endpoint: FakeEndpoint, seconds: number): Promise<Reply> {
  const answered = answer(endpoint, seconds);
  client.send({ type: 'chat_message', data: { content: 'Count.', stream: true } });
  const begun = performance.now();
  let firstPieceAt: number | undefined;
  for (let posts = 1; ; posts++) {
    const { type, data } = await client.next();
    if (type === 'chat_delta') firstPieceAt ??= performance.now();
    if (type !== 'chat_response') continue;
    const { firstAt, text } = await answered;
    if (data.status !== 'completed' || data.content !== text)
      throw new Error(`the answer is not whole: ${data.status}`);
    return {
      firstPiece: (firstPieceAt ?? Number.NaN) - firstAt,
      posts,
      seconds: (performance.now() - begun) / 1_000,
    };
  }
}

async function rowsOf(wire: boolean, { seconds, answers }: typeof SHORT): Promise<string[][]> {
  const endpoint = await startFakeEndpoint();
  const server = await startTestServer(
    { RESPONDER: 'openai', RESPONDER_URL: endpoint.url, RESPONDER_MODEL: 'counter', RESPONDER_SECONDS: '840' },
    { wire },
  );
  const client = await TestClient.connect(server.webSocketUrl);
  const rows: string[][] = [];
  for (let index = 0; index < answers; index++) {
    const { firstPiece, posts, seconds: took } = await replyOf(client, endpoint, seconds);
    rows.push([wire ? '--wire' : 'one process', firstPiece.toFixed(1), String(posts), took.toFixed(1)]);
  }
  await client.close();
  await server.stop();
  endpoint.stop();
  return rows;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seconds: { type: 'string' } } });
  const plan = values.seconds === undefined ? SHORT : { seconds: Number(values.seconds), answers: 1 };
  if (!(plan.seconds > 0 && plan.seconds <= 800)) throw new Error('--seconds must be a number from 1 to 800.');
  const rows = await Promise.all([false, true].map((wire) => rowsOf(wire, plan)));
  const head = ['server', 'ms to the first piece', 'frames', 'seconds'];
  process.stdout.write(`${[...describeMachine(), '', textTable([head, ...rows.flat()])].join('\n')}\n`);
}

main().catch((error) => {
  process.stderr.write(`The benchmark ended early. ${error?.stack ?? error}\n`);
  process.exitCode = 1;
});
