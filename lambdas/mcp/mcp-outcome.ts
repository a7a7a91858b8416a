/** What an MCP tool returned, as a client of ours gets it: as plain as it can be. */
import type { CallToolResult } from '@modelcontextprotocol/client';
import type { ToolOutcome } from '../../lambdas/protocol/server-messages';

/** Structured content, or the text where there is nothing else, or all content. */
export function outcomeOf({ content, structuredContent, isError }: CallToolResult): ToolOutcome {
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  if (isError) {
    return { error: { code: 'tool_failed', message: texts.join('\n') || 'The tool failed and gave no reason.' } };
  }
  if (structuredContent !== undefined) return { result: structuredContent };
  if (texts.length === 1 && content.length === 1) return { result: texts[0] };
  return { result: content };
}
