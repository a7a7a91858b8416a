/** A conversation by keyboard, or through a pipe: each line is sent at once, and what arrives is shown as it comes. */
import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import { answers, type Question } from './answers';
import { createAsk } from './ask';
import { closingLine } from './close-codes';
import { actionFrom, COMMAND_HELP } from './commands';
import { connect } from './connection';
import { shownUrl } from './options';
import type { Screen } from './screen';
import type { FileTools } from './tools';

export interface ConversationOptions {
  url: URL;
  timeoutSeconds: number;
  tools: FileTools | undefined;
  screen: Screen;
  /** Resolves when somebody presses Ctrl-C. */
  interrupted: Promise<void>;
}

/** Resolves with the exit code: 0 where this side ended it, 1 where the server did. */
export async function converse(options: ConversationOptions): Promise<number> {
  const { url, timeoutSeconds } = options;
  const open = new Set<Question>();
  let allAnswered = () => {};
  let lines: Interface | undefined;
  const screen = aroundPrompt(options.screen, () => lines);

  const connection = await connect({
    url,
    timeoutSeconds,
    tools: options.tools,
    onOpen: () => screen.show(`Connected to ${shownUrl(url)}. Type a message, or /help.`),
    onReceived(received) {
      screen.showReceived(received);
      const answered = [...open].find((question) => answers(received, question));
      if (answered) open.delete(answered);
      if (open.size === 0) allAnswered();
    },
  });
  const ask = createAsk(connection);
  lines = openLines();
  const quit = new Promise<void>((resolve) => {
    lines?.on('SIGINT', resolve); // a terminal in raw mode hands Ctrl-C to readline
    lines?.on('line', (line) => {
      const action = actionFrom(line);
      if (action.kind === 'quit') resolve();
      if (action.kind === 'help') COMMAND_HELP.forEach(screen.show);
      if (action.kind === 'refused') screen.complain(`Not sent: ${action.reason}.`);
      const question = ask(action);
      if (question) open.add(question);
      lines?.prompt();
    });
    lines?.on('close', () => {
      if (open.size === 0) return resolve();
      allAnswered = resolve; // the pipe is empty, but its last lines still wait for answers
      setTimeout(resolve, timeoutSeconds * 1_000).unref();
    });
  });
  lines.prompt();

  const bySelf = Promise.race([quit, options.interrupted]).then(() => true);
  const ended = await Promise.race([bySelf, connection.closed.then(() => false)]);
  lines.close();
  if (lines.terminal) options.screen.show(''); // leaves the line of the prompt
  options.screen.show(closingLine(await connection.close()));
  return ended ? 0 : 1;
}

function openLines(): Interface {
  const { stdin, stdout } = process;
  const terminal = Boolean(stdin.isTTY && stdout.isTTY);
  return createInterface({ input: stdin, ...(terminal && { output: stdout }), terminal, prompt: terminal ? '> ' : '' });
}

/** What arrives goes above the line that is being typed, which stays as it is. */
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
