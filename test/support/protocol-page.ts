/** docs/protocol.md as tests read it: its tables, its programs, and its examples as conversations. */
import { INTEGRATION_TIMEOUT } from '../../local/gateway/receive';
import { PLATFORM_LIMITS } from '../../local/gateway/websocket-api';
import { type Block, blocksOf, codeIn, tablesOf } from './markdown';
import { readMarkdown } from './readme';

export const PROTOCOL_PAGE = 'docs/protocol.md';

/** The platform's limits that clients can reach, in bytes and seconds. */
export const CLIENT_PLATFORM_LIMITS = {
  frameBytes: PLATFORM_LIMITS.frameBytes,
  idleSeconds: PLATFORM_LIMITS.idleSeconds,
  lifetimeSeconds: PLATFORM_LIMITS.lifetimeSeconds,
  answerSeconds: INTEGRATION_TIMEOUT / 1_000,
};

/** One step of an example: who acts, and the JSON that they send. */
export interface Step {
  from: 'client' | 'server' | 'team';
  /** The team's HTTP call, such as `POST /send_message`. */
  call?: string;
  json: string;
}

export interface Conversation {
  /** Its place on the page. */
  place: string;
  steps: Step[];
}

export const page = readMarkdown(PROTOCOL_PAGE);

export function pageBlocks(...languages: string[]): Block[] {
  return blocksOf(page).filter(({ language }) => languages.includes(language));
}

/** The rows, without the header, of the table whose header begins with these cells. */
export function pageTable(...header: string[]): string[][] {
  const found = tablesOf(page).filter(([first = []]) => header.every((cell, index) => first[index] === cell));
  const [table] = found;
  if (!table || found.length > 1) throw new Error(`${PROTOCOL_PAGE} has ${found.length} tables with ${header.join()}`);
  return table.slice(1);
}

/** The code marks in the first column of a table; other text is left out. */
export function codeInFirstColumn(rows: readonly string[][]): string[] {
  return rows.flatMap(([first = '']) => codeIn(first));
}

/** The numbers in the first column of a table. */
export function numbersInFirstColumn(rows: readonly string[][]): number[] {
  return rows.flatMap(([first = '']) => first.match(/\d+/g) ?? []).map(Number);
}

/** The examples in `jsonc`: a comment says who sends what follows it. */
export function pageConversations(): Conversation[] {
  return pageBlocks('jsonc').map(({ code, line }) => {
    const [before, ...parts] = code.split(/^\/\/ (.+)\n/m);
    if (before !== '') throw new Error(`${PROTOCOL_PAGE}:${line} does not begin with who sends it`);
    const steps: Step[] = [];
    for (let index = 0; index < parts.length; index += 2) {
      steps.push({ ...actorOf(parts[index] as string), json: parts[index + 1] as string });
    }
    return { place: `${PROTOCOL_PAGE}:${line}`, steps };
  });
}

function actorOf(comment: string): Pick<Step, 'from' | 'call'> {
  const [from, call] = comment.split(': ');
  if (from === 'team' && call !== undefined) return { from, call };
  if ((from === 'client' || from === 'server') && call === undefined) return { from };
  throw new Error(`"${comment}" is neither client, nor server, nor a call of the team`);
}
