/** What a model is offered to call while it answers, wherever it comes from. */
import type { JsonObject } from '../protocol/json';
import type { ToolOutcome } from '../protocol/server-messages';
import type { HandlerContext } from './handler-context';

export interface ModelTool {
  /** Letters, digits, _ and -, up to 64: what models take. */
  name: string;
  description: string;
  /** JSON Schema of the parameters: an object. */
  parameters: JsonObject;
  /** Never rejects for what the model did wrong: it is told, and may try again. */
  call(params: JsonObject, context: HandlerContext): Promise<ToolOutcome>;
}
