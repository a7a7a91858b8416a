/** A conversation from the keyboard or a pipe: each line is sent at once, and frames are shown as they arrive. */
import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import { answers, isFailure, type Question } from './answers';
import { createAsk } from './ask';
import { createCatchUp } from './catch-up';
import { type Closed, closingLine, mayReturn } from './close-codes';
import { actionFrom, COMMAND_HELP } from './commands';
import { completionsOf } from './completion';
import { connectAgain } from './connect-again';
import { type Connection, connect } from './connection';
import type { Received } from './frame';
import { historyPath, openInputHistory } from './input-history';
import { shownUrl } from './options';
import type { Screen } from './screen';
import { type FileTools, TOOLS_REFUSED } from './tools';

export interface ConversationOptions {
  url: URL;
  timeoutSeconds: number;
  tools: FileTools | undefined;
  screen: Screen;
  /** Resolves on Ctrl-C. */
  interrupted: Promise<void>;
}

/** Reconnects automatically. Resolves with the exit code: 0 if the user ended it, 1 if the server did. */
export async function converse(options: ConversationOptions): Promise<number> {
  const { timeoutSeconds } = options;
  const open = new Set<Question>();
  let allAnswered = () => {};
  let lines: Interface | undefined;
  const screen = aroundPrompt(options.screen, () => lines);
  const openConnection = createOpen(options, screen, (received) => {
    const answered = [...open].find((question) => answers(received, question));
    if (answered) open.delete(answered);
    if (open.size === 0) allAnswered();
  });
  const ask = createAsk();

  let connection: Connection | undefined = await openConnection();
  lines = openLines(async (line) => completionsOf(line, async () => (await connection?.toolNames()) ?? []));
  let hasInput = true;
  const quit = new Promise<void>((resolve) => {
    lines?.on('SIGINT', resolve); // a terminal in raw mode hands Ctrl-C to readline
    lines?.on('line', (line) => {
      const action = actionFrom(line);
      if (action.kind === 'quit') resolve();
      if (action.kind === 'help') COMMAND_HELP.forEach(screen.show);
      if (action.kind === 'refused') screen.complain(`Not sent: ${action.reason}.`);
      const isMessage = action.kind === 'message' || action.kind === 'raw';
      if (isMessage && !connection) screen.complain('Not sent: there is no connection at the moment.');
      const question = connection && ask(action, connection);
      if (question) open.add(question);
      lines?.prompt();
    });
    lines?.on('close', () => {
      hasInput = false;
      allAnswered = () => void Promise.resolve(connection?.toolsRegistered).then(() => setImmediate(resolve));
      if (open.size === 0) allAnswered(); // otherwise the input has ended, but its last lines still wait for answers
      setTimeout(resolve, timeoutSeconds * 1_000).unref();
    });
  });
  lines.prompt();

  const bySelf = Promise.race([quit, options.interrupted]).then(() => 'self' as const);
  let endedBy: 'self' | 'server' | 'refusal';
  try {
    for (;;) {
      endedBy = await Promise.race([refusalOf(connection), bySelf, connection.closed.then(() => 'server' as const)]);
      if (endedBy === 'refusal') options.screen.complain(`The connection ends: ${TOOLS_REFUSED}`);
      if (endedBy !== 'server') break;
      const closed: Closed = await connection.closed;
      if (!hasInput || !mayReturn(closed)) break;
      connection = undefined;
      open.clear();
      screen.show(`${closingLine(closed)} Connecting again ...`);
      const next = await Promise.race([bySelf, connectAgain(openConnection, closed.afterMs)]);
      if (next === 'self') return 0;
      connection = next;
    }
  } finally {
    lines.close();
    if (lines.terminal) options.screen.show(''); // leaves the line of the prompt
  }
  options.screen.show(closingLine(await connection.close()));
  return endedBy === 'self' ? 0 : 1;
}

/** Resolves if the server rejects the tools of this client. */
async function refusalOf({ toolsRegistered }: Connection): Promise<'refusal'> {
  const answer = await toolsRegistered;
  if (answer && isFailure(answer)) return 'refusal';
  return new Promise(() => {});
}

/** @returns a function that opens a connection; after the first one as the same client, if the server has issued a resume token */
function createOpen(
  { url, timeoutSeconds, tools }: ConversationOptions,
  screen: Screen,
  onReceived: (received: Received) => void,
) {
  const address = new URL(url);
  const catchUp = createCatchUp();
  return () =>
    connect({
      url: address,
      timeoutSeconds,
      tools,
      catchUp,
      onOpen: () => screen.show(`Connected to ${shownUrl(url)}. Type a message, or /help.`),
      onReceived(received) {
        const { type, data } = received.frame ?? {};
        if (type === 'connection_established' && typeof data?.resume_token === 'string') {
          address.searchParams.set('resume', data.resume_token);
        }
        screen.showReceived(received);
        onReceived(received);
      },
    });
}

/** At a terminal, with completion and the history of earlier runs. */
function openLines(complete: (line: string) => Promise<[string[], string]>): Interface {
  const { stdin, stdout } = process;
  if (!(stdin.isTTY && stdout.isTTY)) return createInterface({ input: stdin, terminal: false, prompt: '' });
  const history = openInputHistory(historyPath(process.env));
  const lines = createInterface({
    input: stdin,
    output: stdout,
    prompt: '> ',
    history: history.lines,
    historySize: history.lines.length + 1_000,
    removeHistoryDuplicates: true,
    completer: (line: string, done: (error: null, result: [string[], string]) => void) =>
      void complete(line).then((result) => done(null, result)),
  });
  return lines.on('line', history.add);
}

/** Prints frames above the line that is being typed, which stays intact. */
function aroundPrompt(screen: Screen, lines: () => Interface | undefined): Screen {
  function above<Value>(print: (value: Value) => void): (value: Value) => void {
    return (value) => {
      const typing = lines()?.terminal ? lines() : undefined;
      if (typing) {
        cursorTo(process.stdout, 0);
        clearLine(process.stdout, 0);
      }
      print(value);
      typing?.prompt(true);
    };
  }
  return { show: above(screen.show), showReceived: above(screen.showReceived), complain: above(screen.complain) };
}
