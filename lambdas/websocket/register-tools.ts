/** `register_tools`: stores the tools that a client offers. */
import type { ClientTool } from '../ports/client-tool-store';
import type { Dependencies } from '../ports/dependencies';
import { invalidMessage } from '../protocol/codec';
import { stringifyJson } from '../protocol/json';
import { MAX_CLIENT_TOOLS_CHARACTERS } from '../protocol/limits';
import { type ServerMessage, toolsRegistered } from '../protocol/server-messages';

/** Invisible characters, and characters that change how others are read: they can hide text from people and still show it to a model. */
const HIDDEN = /[\p{Cf}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u;

/** Joiners and emoji variation selectors, which emoji and some scripts need. Several in a row could encode hidden text. */
const JOINERS =
  /(?<!\u200c|\u200d|\ufe0e|\ufe0f)(?:\ufe0f\u200d|\u200c|\u200d|\ufe0e|\ufe0f)(?!\u200c|\u200d|\ufe0e|\ufe0f)/g;

export type RegisterTools = (tools: readonly ClientTool[], context: { clientId: string }) => Promise<ServerMessage>;

export function createRegisterTools({ clientTools, log }: Pick<Dependencies, 'clientTools' | 'log'>): RegisterTools {
  return async function registerTools(tools, { clientId }) {
    assertNamesDiffer(tools);
    const text = stringifyJson(tools);
    if (text.length > MAX_CLIENT_TOOLS_CHARACTERS) {
      throw wrong('data.tools', `too large; the limit is ${MAX_CLIENT_TOOLS_CHARACTERS} characters of JSON`);
    }
    if (HIDDEN.test(text.replace(JOINERS, ''))) throw wrong('data.tools', 'contains invisible characters');
    await clientTools.set(clientId, tools);
    log.info('tools_registered', { client_id: clientId, tools: tools.length });
    return toolsRegistered(tools.length);
  };
}

function assertNamesDiffer(tools: readonly ClientTool[]): void {
  const names = new Set<string>();
  for (const [index, { name }] of tools.entries()) {
    if (names.has(name)) throw wrong(`data.tools.${index}.name`, 'duplicate tool name');
    names.add(name);
  }
}

function wrong(path: string, what: string) {
  return invalidMessage([{ path, message: `Invalid input: ${what}` }]);
}
