/** Prints lines: messages to standard output, failures to standard error. */
import { styleText } from 'node:util';
import { linesFrom, type Paint, plain } from './format';
import type { Received } from './frame';

export interface Screen {
  show(line: string): void;
  showReceived(received: Received): void;
  complain(line: string): void;
}

/** Colours only at a terminal, unless NO_COLOR is set: see no-color.org. */
function paintFor({ isTTY }: NodeJS.WriteStream): Paint {
  return isTTY && !process.env.NO_COLOR ? styleText : plain;
}

export function createScreen(): Screen {
  const paint = paintFor(process.stdout);
  const paintComplaint = paintFor(process.stderr);
  const show = (line: string) => void process.stdout.write(`${line}\n`);
  return {
    show,
    showReceived: (received) => linesFrom(received, paint).forEach(show),
    complain: (line) => void process.stderr.write(`${paintComplaint('red', line)}\n`),
  };
}
