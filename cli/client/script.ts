/** Runs a script: each line waits for its answer before the next is sent. */
import { answers, isFailure } from './answers';
import { createAsk } from './ask';
import { type Closed, closingLine } from './close-codes';
import { type Action, actionFrom, COMMAND_HELP } from './commands';
import { type Connection, connect } from './connection';
import type { Received } from './frame';
import type { Screen } from './screen';
import { type FileTools, TOOLS_REFUSED } from './tools';

export interface ScriptLine {
  number: number;
  text: string;
  action: Action;
}

export interface ScriptOptions {
  url: URL;
  timeoutSeconds: number;
  tools: FileTools | undefined;
  screen: Screen;
  /** Resolves on Ctrl-C. */
  interrupted: Promise<void>;
}

type Outcome =
  | { kind: 'answered'; by: Received }
  | { kind: 'closed'; closed: Closed }
  | { kind: 'timeout'; seconds: number }
  | { kind: 'interrupted' };

export function scriptLinesFrom(text: string): ScriptLine[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line, index) => ({ number: index + 1, text: line, action: actionFrom(line) }))
    .filter((line) => line.action.kind !== 'nothing' && !line.text.startsWith('#'));
}

/**
 * Runs all lines, and returns the exit code. If a line is invalid, nothing is sent. After an error the script continues
 * with the next line; after a timeout or a close it ends.
 */
export async function runScript(lines: ScriptLine[], options: ScriptOptions): Promise<number> {
  const { url, timeoutSeconds, screen } = options;
  const refusals = lines.flatMap(({ number, action }) => (action.kind === 'refused' ? [{ number, ...action }] : []));
  for (const { number, reason } of refusals) screen.complain(`Line ${number}: ${reason}.`);
  if (refusals.length > 0) return 1;

  const inbox = createInbox();
  const welcome = inbox.next(({ frame }) => frame?.type === 'connection_established');
  const connection = await connect({
    url,
    timeoutSeconds,
    tools: options.tools,
    onReceived(received) {
      screen.showReceived(received);
      inbox.take(received);
    },
  });
  const ask = createAsk();
  const failures: string[] = [];
  const welcomed = await outcomeOf(welcome, connection, options);
  if (welcomed.kind !== 'answered') failures.push(`Before the first line: ${failureOf(welcomed)}`);
  else failures.push(...(await toolFailures(connection, options)));
  for (const { number, text, action } of failures.length === 0 ? lines : []) {
    if (action.kind === 'quit') break;
    screen.show(`> ${text}`);
    if (action.kind === 'help') COMMAND_HELP.forEach(screen.show);
    const question = ask(action, connection);
    if (!question) continue;
    const outcome = await outcomeOf(
      inbox.next((received) => answers(received, question)),
      connection,
      options,
    );
    const answered = outcome.kind === 'answered';
    if (!answered || isFailure(outcome.by)) failures.push(`Line ${number} failed: ${failureOf(outcome)}`);
    if (!answered) break;
  }
  await connection.close();
  failures.forEach(screen.complain);
  return failures.length === 0 ? 0 : 1;
}

/** Without its tools, the client could not answer the calls that the script expects. */
async function toolFailures(connection: Connection, options: ScriptOptions): Promise<string[]> {
  if (!connection.toolsRegistered) return [];
  const outcome = await outcomeOf(connection.toolsRegistered, connection, options);
  if (outcome.kind === 'answered') return isFailure(outcome.by) ? [`Before the first line: ${TOOLS_REFUSED}`] : [];
  return [`Before the first line: ${failureOf(outcome)}`];
}

/** Resolves with the next frame of a kind; other frames are ignored. */
function createInbox() {
  let waiting: { matches(received: Received): boolean; resolve(received: Received): void } | undefined;
  return {
    take(received: Received): void {
      if (waiting?.matches(received)) waiting.resolve(received);
    },
    next(matches: (received: Received) => boolean): Promise<Received> {
      return new Promise((resolve) => {
        waiting = { matches, resolve };
      });
    },
  };
}

async function outcomeOf(
  answer: Promise<Received>,
  { closed }: Connection,
  { timeoutSeconds, interrupted }: ScriptOptions,
): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'timeout', seconds: timeoutSeconds }), timeoutSeconds * 1_000);
  });
  return Promise.race([
    answer.then((by): Outcome => ({ kind: 'answered', by })),
    closed.then((how): Outcome => ({ kind: 'closed', closed: how })),
    interrupted.then((): Outcome => ({ kind: 'interrupted' })),
    late,
  ]).finally(() => clearTimeout(timer));
}

function failureOf(outcome: Outcome): string {
  if (outcome.kind === 'timeout') return `no answer within ${outcome.seconds} s; --timeout sets how long to wait.`;
  if (outcome.kind === 'closed') return closingLine(outcome.closed);
  if (outcome.kind === 'interrupted') return 'interrupted.';
  if (outcome.by.frame?.type === 'tool_response') return 'the tool failed.';
  if (outcome.by.frame?.type === 'chat_response') return 'the reply failed.';
  return `answered with ${outcome.by.frame ? 'an error' : 'text that is not a frame of the protocol'}.`;
}
