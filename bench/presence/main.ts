/**
 * `npm run bench:presence`: what presence posts while clients join one group that they all watch. On a virtual clock; `--write` renews
 * docs/groups.md.
 */
import { parseArgs } from 'node:util';
import { endWithUsage, sentenceOf } from '../../cli/usage-error';
import { writeMeasured } from '../report/measured-part';
import { textTable } from '../report/text-table';
import { joinAll, type Posted } from './storm';

const USAGE = [
  'npm run bench:presence -- [--write]',
  '',
  'Counts what presence posts while 1,000 clients join one group in 60 seconds and watch it, on a virtual clock.',
  '',
  '  --write   renews docs/groups.md',
];

async function main(): Promise<void> {
  endWithUsage(USAGE);
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
  const { changes, snapshots } = await joinAll(1_000, 60);
  const row = (name: string, { posts, bytes }: Posted) => [name, posts.toLocaleString('en'), (bytes / 1e6).toFixed(1)];
  const rows = [
    ['1,000 clients join in 60 seconds', 'posts', 'MB'],
    row('`presence_changed`', changes),
    row('`presence_snapshot`, its first page', snapshots),
  ];
  const text = `Computed with \`npm run bench:presence\`.\n\n${textTable(rows)}\n`;
  process.stdout.write(text);
  if (values.write) writeMeasured('groups.md', text);
}

main().catch((error) => {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exitCode = 1;
});
