import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { historyPath, openInputHistory } from '../../../../cli/client/input-history';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-history-'));
  path = join(folder, 'state/client-history');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('typed lines', () => {
  it('are available in the next run, newest first', () => {
    const first = openInputHistory(path);
    for (const line of ['hello', '/ping', '/ping', ' not kept', '']) first.add(line);
    expect(openInputHistory(path).lines).toEqual(['/ping', 'hello']);
  });

  it('are readable only by this user', () => {
    openInputHistory(path).add('hello');
    expect([statSync(path).mode & 0o777, statSync(join(path, '..')).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  it('are limited to the last 1,000', () => {
    const history = openInputHistory(path);
    for (let count = 1; count <= 2_001; count++) history.add(`line ${count}`);
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(1_000);
    expect(openInputHistory(path).lines.slice(0, 2)).toEqual(['line 2001', 'line 2000']);
  });

  it('are silently dropped if the file cannot be written', () => {
    openInputHistory(folder).add('hello');
    expect(openInputHistory(folder).lines).toEqual([]);
  });

  it('are stored in the state folder', () => {
    expect(historyPath({ XDG_STATE_HOME: '/state' })).toBe('/state/switchboard/client-history');
    expect(historyPath({})).toBe(join(homedir(), '.local/state/switchboard/client-history'));
  });
});
