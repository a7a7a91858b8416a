/** The server of a run: its handlers take up to two seconds, and record each message when they start, so that a kill forgets none. */
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod/mini';
import { defineTool } from '../../lambdas/ports/tool';
import { run } from '../../local/program';
import { testApp } from '../support/test-app';

const { CHAOS_LOG: log = '', CHAOS_LIFE: life = '0', CHAOS_HANDLER_MS: longest = '2000' } = process.env;

async function handle(id: string): Promise<void> {
  appendFileSync(log, `${JSON.stringify({ id, life: Number(life), startedAt: Date.now() })}\n`);
  const [, file] = /until-(.+)$/.exec(id) ?? [];
  if (file === undefined) return pause(shareOf(id) * Number(longest));
  while (!existsSync(file)) await pause(20);
}

/** From 0 to 1, the same for the same text; half of them near 0, because most handlers are fast. */
function shareOf(text: string): number {
  let hash = 7;
  for (const letter of text) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
  const share = ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
  return share < 0.5 ? share / 10 : share;
}

const work = defineTool({
  name: 'work',
  description: 'Works for a while.',
  params: z.object({ id: z.string() }),
  async run({ id }) {
    await handle(id);
    return { id };
  },
});

run({
  ...testApp,
  tools: [...testApp.tools, work],
  responder: {
    model: 'echo',
    async respond({ content }) {
      await handle(content);
      return content;
    },
  },
});
