/** What the Tab key offers: commands, names of the server's tools, and what /stream takes. */
import { COMMAND_NAMES } from './commands';

/**
 * @param line  up to the cursor
 * @returns as readline's completer: what may stand there, and the part of the line that it takes the place of
 */
export async function completionsOf(
  line: string,
  toolNames: () => Promise<readonly string[]>,
): Promise<[choices: string[], part: string]> {
  const [, command = '', part] = /^(\/\S*)(?:\s+(\S*))?$/.exec(line) ?? [];
  if (command === '') return [[], line];
  if (part === undefined) return [startingWith(command, COMMAND_NAMES), command];
  if (command === '/tool') return [startingWith(part, await toolNames()), part];
  return [startingWith(part, command === '/stream' ? ['on', 'off'] : []), part];
}

function startingWith(part: string, words: readonly string[]): string[] {
  return words.filter((word) => word.startsWith(part)).map((word) => `${word} `);
}
