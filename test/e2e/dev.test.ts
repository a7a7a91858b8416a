/** `npm run dev`, in a copy of the tree: a change of any file that the server imports restarts it with the change. */
import { appendFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { copyOfTree, removeCopy } from '../support/changes';
import { endPrograms, startProgram } from '../support/program';

const ROOT = join(__dirname, '../..');
/** The server imports it indirectly. */
const IMPORTED = relative(ROOT, require.resolve('../../lambdas/protocol/limits'));

let folder: string;

beforeAll(() => {
  folder = copyOfTree(ROOT);
});

afterAll(() => {
  endPrograms();
  removeCopy(folder);
});

it('restarts the server when a file that it imports has changed', async () => {
  const environment = { WS_HOST: '127.0.0.1', WS_PORT: '0', API_PORT: '0', DATA_DIR: '' };
  const { shows } = startProgram('npm', ['run', '--silent', 'dev'], { cwd: folder, environment });
  await shows('/clients\n');
  appendFileSync(join(folder, IMPORTED), "process.stdout.write('The changed server starts.\\n');\n");
  await shows('The changed server starts.\n');
});
