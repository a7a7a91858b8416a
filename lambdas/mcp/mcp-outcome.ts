/** Converts the result of an MCP tool to the simplest outcome for our clients. */
import type { CallToolResult } from '@modelcontextprotocol/client';
import type { ToolOutcome } from '../../lambdas/protocol/server-messages';

/** The structured content; else the text, if there is nothing but one text; else all content. */
export function outcomeOf({ content, structuredContent, isError }: CallToolResult): ToolOutcome {
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  if (isError) {
    return { error: { code: 'tool_failed', message: texts.join('\n') || 'The tool failed and gave no reason.' } };
  }
  if (structuredContent !== undefined) return { result: structuredContent };
  if (texts.length === 1 && content.length === 1) return { result: texts[0] };
  return { result: content };
}
