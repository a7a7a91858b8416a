/** Programs that take minutes print their usage instead of starting. */
import { spawnSync } from 'node:child_process';

const run = (program: string, option: string) =>
  spawnSync(process.execPath, ['--no-warnings', '--import', 'tsx', program, option], { encoding: 'utf8' });

describe.each([
  ['simulate', 'bench/simulate/main.ts'],
  ['chaos', 'test/chaos/main.ts'],
  ['bench', 'bench/main.ts'],
  ['bench:console', 'bench/console/main.ts'],
  ['bench:events', 'bench/events/main.ts'],
  ['bench:resume', 'bench/resume/main.ts'],
  ['attack', 'bench/attack/main.ts'],
])('npm run %s', (name, program) => {
  it('prints its usage with --help', () => {
    const { status, stdout, stderr } = run(program, '--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^npm run ${name} -- \\[`));
  });

  it('refuses an unknown option, without a stack trace', () => {
    const { status, stdout, stderr } = run(program, '--nothing');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('--nothing');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
