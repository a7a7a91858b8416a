/** Tab completion: commands, the server's tools, and the arguments of /stream. */
import { COMMAND_NAMES } from './commands';

/**
 * @param line  up to the cursor
 * @returns for readline's completer: the candidates, and the part of the line that they replace
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
