/**
 * `npm run bench:replies`: how soon a streamed answer starts after the model's first token, and how many posts it takes, in one process and
 * with `--wire`. `-- --seconds=300` instead runs one answer of five minutes on each, whose client reconnects in the middle, and one that
 * its client cancels.
 */
import { parseArgs } from 'node:util';
import type { FakeEndpoint } from '../../test/support/fake-endpoint';
import { answerByCounting, runLongReply, startCounting } from '../../test/support/long-reply';
import { TestClient } from '../../test/support/test-client';
import { describeMachine } from '../machine';
import { textTable } from '../report/text-table';

/** Without `--seconds`, each run makes this many answers of this length, one after the other. */
const SHORT = { seconds: 10, answers: 5 };

/** Milliseconds after a cancel within which the model's connection must be closed. */
const CLOSED_WITHIN = 1_000;

interface Reply {
  /** Milliseconds from the model's first token to the first piece at the client. */
  firstPiece: number;
  /** Frames that the client received, including `processing`. */
  posts: number;
  seconds: number;
}

async function replyOf(client: TestClient, endpoint: FakeEndpoint): Promise<Reply> {
  const answered = answerByCounting(endpoint, SHORT.seconds);
  client.send({ type: 'chat_message', data: { content: 'Count.', stream: true } });
  const begun = performance.now();
  let firstPieceAt: number | undefined;
  for (let posts = 1; ; posts++) {
    const { type, data } = await client.next();
    if (type === 'chat_delta') firstPieceAt ??= performance.now();
    if (type !== 'chat_response') continue;
    const { firstAt, text } = await answered;
    if (data.status !== 'completed' || data.content !== text)
      throw new Error(`the answer is incomplete: ${data.status}`);
    return {
      firstPiece: (firstPieceAt ?? Number.NaN) - firstAt,
      posts,
      seconds: (performance.now() - begun) / 1_000,
    };
  }
}

const nameOf = (wire: boolean) => (wire ? '--wire' : 'one process');

async function shortRows(wire: boolean): Promise<string[][]> {
  const { endpoint, url, stop } = await startCounting(wire);
  const client = await TestClient.connect(url);
  const rows: string[][] = [];
  for (let index = 0; index < SHORT.answers; index++) {
    const { firstPiece, posts, seconds } = await replyOf(client, endpoint);
    rows.push([nameOf(wire), firstPiece.toFixed(1), String(posts), seconds.toFixed(1)]);
  }
  await client.close();
  await stop();
  return rows;
}

async function longRow(wire: boolean, given: number): Promise<string[]> {
  const { seconds, frames, isWhole, wentOn, msToClose } = await runLongReply(wire, given);
  if (!(isWhole && wentOn && msToClose <= CLOSED_WITHIN)) process.exitCode = 1;
  const asText = (isTrue: boolean) => (isTrue ? 'yes' : 'NO');
  return [nameOf(wire), seconds.toFixed(1), String(frames), asText(isWhole), asText(wentOn), msToClose.toFixed(0)];
}

const SHORT_HEAD = ['server', 'ms to the first piece', 'frames', 'seconds'];
const LONG_HEAD = ['server', 'seconds', 'frames', 'whole', 'continued after a reconnect', 'ms from cancel to close'];

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seconds: { type: 'string' } } });
  const hosts = [false, true];
  let rows: string[][];
  if (values.seconds === undefined) {
    rows = [SHORT_HEAD, ...(await Promise.all(hosts.map(shortRows))).flat()];
  } else {
    const seconds = Number(values.seconds);
    if (!(seconds > 0 && seconds <= 800)) throw new Error('--seconds must be a number from 1 to 800.');
    rows = [LONG_HEAD, ...(await Promise.all(hosts.map((wire) => longRow(wire, seconds))))];
  }
  process.stdout.write(`${[...describeMachine(), '', textTable(rows)].join('\n')}\n`);
}

main().catch((error) => {
  process.stderr.write(`The benchmark ended early. ${error?.stack ?? error}\n`);
  process.exitCode = 1;
});
