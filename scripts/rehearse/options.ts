/** Reads the options of a rehearsal. Those that it does not know go to `cdk synth`. */
import { readFileSync } from 'node:fs';
import { ORIGIN } from '../../test/e2e/suite/origins';
import { WATCHED_GROUPS } from '../../test/e2e/suite/partner-groups';
import { PRESENCE_GROUPS } from '../../test/e2e/suite/presence';
import { AUDIENCE } from '../../test/support/oidc-issuer';

export interface Options {
  /** For `cdk synth`. */
  synth: readonly string[];
  /** A regular expression: only the tests whose full name matches it. */
  only: string | undefined;
  /** Whether the deployment accepts tokens of the tests' OpenID issuer. */
  hasIssuer: boolean;
  /** Settings other than those of a rehearsal without options. */
  isChanged: boolean;
}

/**
 * @param given  `--only PATTERN`, `--settings FILE` (a JSON file of settings), and options of `cdk synth`
 * @param issuer  URL of the OpenID issuer of the tests
 */
export function readOptions(given: readonly string[], issuer: string): Options {
  const options = [...given];
  const only = take(options, '--only', 'a part of the names of tests');
  const file = take(options, '--settings', 'a file, such as scripts/rehearse/all-settings.json');
  const settings: Record<string, string> =
    file === undefined ? ofTheSuite(issuer) : JSON.parse(readFileSync(file, 'utf8'));
  const isOpen = options.includes('auth=none');
  const names = Object.keys(settings).filter((name) => !(isOpen && name.startsWith('oidc_'))); // only with access control
  const context = names.flatMap((name) => ['--context', `${name}=${settings[name]}`]);
  const hasIssuer = file === undefined && !isOpen;
  return { synth: [...context, ...options], only, hasIssuer, isChanged: file !== undefined || options.length > 0 };
}

/** Removes an option and returns its value. */
function take(options: string[], name: string, what: string): string | undefined {
  const at = options.indexOf(name);
  if (at < 0) return undefined;
  const [, value] = options.splice(at, 2);
  if (value === undefined) throw new Error(`${name} needs ${what}.`);
  return value;
}

/** The settings that parts of the end-to-end suite need. */
function ofTheSuite(issuer: string): Record<string, string> {
  return {
    origins: ORIGIN,
    presence_groups: `${PRESENCE_GROUPS},${WATCHED_GROUPS}`,
    events: 'all',
    event_queue: 'yes',
    oidc_issuer: issuer,
    oidc_audience: AUDIENCE,
    oidc_labels_claim: 'labels',
    oidc_groups_claim: 'groups',
  };
}
