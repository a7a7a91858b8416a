/** Reads the settings of a deployment from the CDK context, and rejects combinations that do not work. */
import type * as z from 'zod';
import { oidcFault } from '../lambdas/access/oidc-rules';
import { settings as appSettings } from '../lambdas/app/settings';
import { secretsOf } from '../lambdas/mcp/mcp-servers';
import { responderFault } from '../lambdas/models/responder-rules';
import type { AppSetting } from '../lambdas/ports/app';
import { SETTINGS, type Setting, type Settings } from './settings';

/** An invalid setting: the message is one sentence with the name, the value, and what is allowed. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/**
 * @param context  from `app.node.getAllContext()`; keys of other tools are ignored
 * @throws SettingError for the first invalid setting
 */
export function readSettings(context: Readonly<Record<string, unknown>>): Settings {
  const stranger = Object.keys(context).find((name) => looksLikeSetting(name) && !Object.hasOwn(SETTINGS, name));
  if (stranger !== undefined) {
    throw new SettingError(`${stranger} is not a setting. The settings are ${Object.keys(SETTINGS).join(', ')}.`);
  }
  const entries = Object.entries(SETTINGS).map(([name, setting]: [string, Setting]) => {
    const value = String(context[name] ?? setting.default);
    const parsed = setting.schema.safeParse(value);
    if (!parsed.success) throw wrongSetting(name, value, setting, parsed.error);
    return [name, parsed.data];
  });
  const settings = { ...Object.fromEntries(entries), app: readAppSettings(context) } as Settings;
  assertDomains(settings);
  assertBudget(settings);
  assertResponder(settings);
  assertOidc(settings);
  assertMcpSecrets(settings);
  assertEvents(settings);
  return settings;
}

function wrongSetting(name: string, value: string, { allowed, isSecret }: Setting, { issues }: z.ZodError) {
  if (!isSecret) return new SettingError(`${name} is "${value}", but must be ${allowed}.`);
  const where = (issues[0]?.path ?? []).join('.');
  return new SettingError(`${name} is not valid${where === '' ? '' : ` at ${where}`}: it must be ${allowed}.`);
}

/** @throws SettingError */
function readAppSettings(context: Readonly<Record<string, unknown>>): Record<string, string> {
  const own: Readonly<Record<string, AppSetting>> = appSettings;
  const entries = Object.entries(own).map(([name, { default: value, pattern, allowed }]) => {
    const given = String(context[name] ?? value);
    if (!pattern.test(given)) throw new SettingError(`${name} is "${given}", but must be ${allowed}.`);
    return [name, given];
  });
  return Object.fromEntries(entries);
}

/** Keys of CDK and of other tools contain a colon, a slash, a hyphen or an @. */
function looksLikeSetting(name: string): boolean {
  return /^[a-z][a-z0-9_]*$/.test(name);
}

/** @throws SettingError */
function assertBudget({ monthly_budget, alarm_email }: Settings): void {
  if (monthly_budget !== undefined && alarm_email === undefined) {
    throw new SettingError(
      'alarm_email is missing, but must be an e-mail address: it is notified about monthly_budget.',
    );
  }
}

const RESPONDER_NAMES = {
  backend: 'responder',
  url: 'responder_url',
  model: 'responder_model',
  hasKey: 'responder_key_secret',
};

/** @throws SettingError */
function assertResponder(settings: Settings): void {
  const { responder, responder_url, responder_model, responder_concurrency, reserved_concurrency } = settings;
  const hasKey = settings.responder_key_secret !== undefined;
  const fault = responderFault({ backend: responder, url: responder_url, model: responder_model, hasKey });
  if (fault) throw new SettingError(`${RESPONDER_NAMES[fault.setting]} ${fault.why}`);
  if (responder_concurrency !== undefined && reserved_concurrency.has('replies/respond')) {
    throw new SettingError('responder_concurrency must be empty, because reserved_concurrency names replies-respond.');
  }
  if (settings.vpc_subnets.length > 0 !== settings.vpc_security_groups.length > 0) {
    throw new SettingError('vpc_subnets and vpc_security_groups go together: give both, or neither.');
  }
}

const OIDC_NAMES = { auth: 'auth', issuer: 'oidc_issuer', audience: 'oidc_audience' };

/** @throws SettingError */
function assertOidc({ auth, oidc_issuer: issuer, oidc_audience: audience }: Settings): void {
  const fault = oidcFault({ auth, issuer, audience });
  if (fault) throw new SettingError(`${OIDC_NAMES[fault.setting]} ${fault.why}`);
}

/** @throws SettingError */
function assertMcpSecrets({ mcp_servers, app_secrets }: Settings): void {
  const missing = Object.values(mcp_servers)
    .flatMap(secretsOf)
    .find((name) => !Object.hasOwn(app_secrets, name));
  if (missing !== undefined) {
    throw new SettingError(`mcp_servers names the secret ${missing}, which app_secrets must have: ${missing}=SECRET.`);
  }
}

/** @throws SettingError */
function assertEvents({ events, clients_table, messages_table }: Settings): void {
  if (events.length > 0 && (clients_table ?? messages_table) !== undefined) {
    throw new SettingError(
      'events must be empty with clients_table or messages_table: the stack reads the streams of its own tables.',
    );
  }
}

/** @throws SettingError */
function assertDomains({ websocket_domain, http_domain, certificate_arn }: Settings): void {
  const named = websocket_domain ?? http_domain;
  if (named !== undefined && certificate_arn === undefined) {
    throw new SettingError(`certificate_arn is missing, but must be the ARN of a certificate for ${named}.`);
  }
  if (websocket_domain !== undefined && websocket_domain === http_domain) {
    throw new SettingError(
      `http_domain is "${http_domain}", but must differ from websocket_domain: API Gateway accepts a domain for one kind of API.`,
    );
  }
}
