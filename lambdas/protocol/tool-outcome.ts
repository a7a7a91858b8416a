/** Whether a tool succeeded, from the `data` of its `tool_response`. */

/** Many programs send these for "no error". */
const NO_ERROR: readonly unknown[] = ['', false, null, undefined];

export type ToolOutcome = 'completed' | 'failed';

export function toolOutcomeOf({ status, error }: { status?: ToolOutcome | null; error?: unknown }): ToolOutcome {
  return status ?? (NO_ERROR.includes(error) ? 'completed' : 'failed');
}
