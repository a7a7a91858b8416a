import { readFileSync } from 'node:fs';
import { HISTORY_TTL_SECONDS } from '../../lambdas/protocol/limits';
import { readSettings } from '../../lib/read-settings';
import { SETTINGS } from '../../lib/settings';

const CERTIFICATE = 'arn:aws:acm:eu-west-1:123456789012:certificate/0f0a1b2c-1111-2222-3333-444455556666';

describe('settings of a deployment', () => {
  it('are closed and careful by default', () => {
    expect(readSettings({})).toMatchObject({
      auth: 'token',
      retain_messages: true,
      alarm_email: undefined,
    });
  });

  it('keep messages as long as one machine does', () => {
    expect(readSettings({}).history_seconds).toBe(HISTORY_TTL_SECONDS);
  });

  it('are strings from the command line, and numbers from cdk.json', () => {
    expect(readSettings({ message_rate: '100' }).message_rate).toBe(100);
    expect(readSettings({ message_rate: 100 }).message_rate).toBe(100);
  });

  it('ignore CDK’s own options and those of other tools', () => {
    const foreign = { 'aws:cdk:bundling-stacks': [], '@aws-cdk/core:checkSecretUsage': true, 'cli-telemetry': false };
    expect(readSettings(foreign)).toEqual(readSettings({}));
  });

  it.each([
    ['auth', 'nobody', 'auth is "nobody", but must be token or none.'],
    ['auth', '', 'auth is "", but must be token or none.'],
    ['stage_name', 'live/v1', 'stage_name is "live/v1", but must be 1 to 128 letters, digits, - or _.'],
    ['stage_name', '$default', 'stage_name is "$default", but must be 1 to 128 letters, digits, - or _.'],
    ['cors_origins', 'example.com', /^cors_origins is "example.com", but must be \* or origins such as/],
    ['history_seconds', '0', 'history_seconds is "0", but must be a number of seconds, 1 or more.'],
    ['history_seconds', '1e9', 'history_seconds is "1e9", but must be a number of seconds, 1 or more.'],
    ['retain_messages', 'true', 'retain_messages is "true", but must be yes or no.'],
    ['connect_rate', '-1', 'connect_rate is "-1", but must be a number a second, 1 or more.'],
    ['message_burst', '1.5', 'message_burst is "1.5", but must be a number, 1 or more.'],
    ['log_level', 'INFO', 'log_level is "INFO", but must be debug, info, warn or error.'],
    ['log_retention_days', '31', /^log_retention_days is "31", but must be one of 1, 3, 5, 7, 14, 30, /],
    ['alarm_email', 'ops', 'alarm_email is "ops", but must be an e-mail address, or nothing.'],
    ['websocket_domain', 'https://ws.example.com', /^websocket_domain is .* but must be a domain name such as/],
    ['certificate_arn', 'arn:aws:iam::1:server-certificate/x', /^certificate_arn is .* but must be the ARN of a cert/],
  ])('refuse %s="%s" in one sentence', (name, value, sentence) => {
    expect(() => readSettings({ [name]: value })).toThrow(sentence);
  });

  it('refuse a name that resembles one of them, so that no typo changes access', () => {
    expect(() => readSettings({ auht: 'none' })).toThrow(
      /^auht is not a setting\. The settings are auth, oidc_issuer, /,
    );
    expect(() => readSettings({ constructor: 'x' })).toThrow(/^constructor is not a setting/);
  });

  it('require a certificate with a domain', () => {
    expect(() => readSettings({ websocket_domain: 'ws.example.com' })).toThrow(
      'certificate_arn is missing, but must be the ARN of a certificate for ws.example.com.',
    );
  });

  it('require two domains, as API Gateway does', () => {
    const both = { websocket_domain: 'x.example.com', http_domain: 'x.example.com', certificate_arn: CERTIFICATE };
    expect(() => readSettings(both)).toThrow(/^http_domain is "x.example.com", but must differ/);
    expect(readSettings({ ...both, http_domain: 'y.example.com' }).http_domain).toBe('y.example.com');
  });

  it('are documented in one table', () => {
    const rows = readFileSync('docs/deploy.md', 'utf8').match(/^\| `\w+` \|.*$/gm) ?? [];
    const documented = rows.map((row) => {
      const [name, preset, ...others] = row
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim());
      return [name, preset, ...others].map((cell, column) => (column < 2 ? cell?.replace(/^`(.*)`$/, '$1') : cell));
    });
    const ofSettings = documented.filter(({ length }) => length === 4); // the table of log fields has three columns
    expect(ofSettings).toEqual(
      Object.entries(SETTINGS).map(([name, { default: preset, allowed, meaning }]) => [name, preset, allowed, meaning]),
    );
  });
});
