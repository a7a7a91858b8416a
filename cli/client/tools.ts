/** `--tools FILE`: the client's tools, and their answers to calls. */
import { readFileSync } from 'node:fs';
import { isJsonObject, type JsonObject, jsonFrom, type Received } from './frame';
import { OptionError } from './options';

/** A tool of the file: its description, and its answer to each call. */
interface FileTool {
  description?: unknown;
  input_schema?: unknown;
  result?: unknown;
  error?: unknown;
}

export type FileTools = ReadonlyMap<string, FileTool>;

/** Ends a conversation or a script, because the client would run without its tools. */
export const TOOLS_REFUSED = 'the server refused the tools of --tools.';

const EXPECTED = 'a JSON object such as {"open_page": {"description": "Opens a page.", "result": {"opened": true}}}';

/** @throws OptionError */
export function readTools(path: string): FileTools {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new OptionError(`The tools in ${path} can't be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  const value = jsonFrom(text.replace(/^\ufeff/, ''));
  if (!isJsonObject(value) || !Object.values(value).every(isJsonObject)) {
    throw new OptionError(`The tools in ${path} must be ${EXPECTED}.`);
  }
  return new Map(Object.entries(value as Record<string, FileTool>));
}

export interface ToolAnswers {
  /** The server's answer to the registration: an error if it rejects the tools. */
  registered: Promise<Received>;
  /** Checks a frame; true if it answers one of its own messages and needs no further handling. */
  takes(received: Received): boolean;
}

/** @param send  sends a message, and returns its `message_id` */
export function createToolAnswers(tools: FileTools, send: (type: string, data: JsonObject) => string): ToolAnswers {
  const unanswered = new Set<string>();
  let registration: string | undefined;
  let resolve: (answer: Received) => void = () => {};
  const registered = new Promise<Received>((onAnswer) => {
    resolve = onAnswer;
  });
  /** A call can be repeated by `resume`. */
  const answered = new Set<unknown>();

  function register(): void {
    const said = [...tools].map(([name, { description, input_schema }]) => ({ name, description, input_schema }));
    registration = send('register_tools', { tools: said });
    unanswered.add(registration);
  }

  function answer({ call_id, tool_name }: JsonObject): void {
    if (typeof call_id !== 'string' || answered.has(call_id)) return;
    answered.add(call_id);
    const name = String(tool_name);
    const { result = null, error } = tools.get(name) ?? {
      error: { code: 'unknown_tool', message: `This client has no tool ${name}.` },
    };
    const outcome = error === undefined ? { status: 'completed', result } : { status: 'failed', error };
    unanswered.add(send('tool_response', { call_id, ...outcome }));
  }

  return {
    registered,
    takes(received) {
      const { frame } = received;
      if (frame?.replyTo !== undefined && frame.replyTo === registration) resolve(received);
      if (frame?.type === 'connection_established') register();
      if (frame?.type === 'tool_call' && frame.replyTo === undefined) answer(frame.data);
      return frame?.type !== 'error' && frame?.replyTo !== undefined && unanswered.delete(frame.replyTo);
    },
  };
}
