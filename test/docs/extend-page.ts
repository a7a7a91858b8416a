/** docs/extend.md as the tests read it: the code blocks of each change that it shows. */
import { type Block, blocksOf, sectionOf } from '../support/markdown';
import { readMarkdown } from '../support/readme';

export const page = readMarkdown('docs/extend.md');

/** The blocks of a section, without those of its subsections. */
function blocksIn(heading: string, inside?: string): Block[] {
  const others = inside === undefined ? [] : blocksIn(inside).map(({ line }) => line);
  return blocksOf(sectionOf(page, heading)).filter(({ line }) => !others.includes(line));
}

export const changes = {
  responder: blocksIn('A responder'),
  streaming: blocksIn('A responder that streams'),
  tool: blocksIn('A tool'),
  messageType: blocksIn('A message type'),
  httpCall: blocksIn('An HTTP call'),
  task: blocksIn('A background task', 'Start it'),
  starting: blocksIn('Start it'),
  setting: blocksIn('A setting and a secret'),
};
