/** Converts options of a rehearsal to options of `cdk synth`. */
import { readFileSync } from 'node:fs';

/** Groups of the end-to-end suite. */
const PRESENCE = ['--context', 'presence_groups=present:*'];

/** `--settings FILE` becomes `--context name=value` for each setting in the file; other options stay as they are. */
export function synthOptions(given: readonly string[]): string[] {
  const at = given.indexOf('--settings');
  if (at < 0) return [...PRESENCE, ...given];
  const [, file, ...rest] = given.slice(at);
  if (file === undefined) throw new Error('--settings needs a file, such as scripts/rehearse/all-settings.json.');
  const settings: Record<string, string> = JSON.parse(readFileSync(file, 'utf8'));
  const context = Object.entries(settings).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
  return [...given.slice(0, at), ...context, ...rest];
}
