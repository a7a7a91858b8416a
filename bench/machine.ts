/** The machine and the versions of a run. */
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';

export function describeMachine(): string[] {
  const [processor] = cpus();
  const memory = `${(totalmem() / 1_024 ** 3).toFixed(0)} GiB`;
  const versions = ['ws', 'socket.io'].map((name) => `${name} ${require(`${name}/package.json`).version}`);
  return [
    `${cpus().length} cores of ${processor?.model.trim() ?? 'an unknown processor'}, ${memory}, ${type()} ${release()}`,
    `Node ${process.versions.node}, ${versions.join(', ')}`,
  ];
}

/** @param binary  of Centrifugo */
export function centrifugoVersion(binary: string): string {
  return execFileSync(binary, ['version'], { encoding: 'utf8' }).trim();
}
