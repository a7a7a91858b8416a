/** The settings of an OpenID issuer reach the $connect authorizer, and no other function. */
import { functionNames } from '../../lambdas/routes';
import { readSettings } from '../../lib/read-settings';
import { readSettings as readLocalSettings } from '../../local/settings';
import { grantsOf } from '../support/policies';
import { synthesize } from '../support/stack';

const settings = {
  oidc_issuer: 'https://login.example.com/realms/devices',
  oidc_audience: 'gateway,other',
  oidc_client_id_claim: 'device_id',
  oidc_labels_claim: 'labels',
  oidc_groups_claim: 'realm_access.roles',
  oidc_message_rate_claim: 'https://example.com/rate',
};

const stack = synthesize(settings);
const bare = synthesize();

it.each(functionNames)(
  'settings of an OpenID issuer reach %s only if it is the $connect authorizer, which needs no new grant',
  (name) => {
    const { Variables: before } = bare.functionOf(name).Properties.Environment;
    const { Variables: after } = stack.functionOf(name).Properties.Environment;
    const told = Object.entries(settings).map(([setting, value]) => [setting.toUpperCase(), value]);
    expect(after).toEqual({ ...before, ...(name === 'websocket/authorize' && Object.fromEntries(told)) });
    expect(grantsOf(stack, name)).toEqual(grantsOf(bare, name));
  },
);

it.each([
  [{ oidc_issuer: 'http://login.example.com' }, 'oidc_issuer is "http://login.example.com", but must be an https URL'],
  [{ oidc_issuer: 'https://me:pw@login.example.com' }, 'oidc_issuer is'],
  [{ oidc_issuer: 'https://login.example.com?x=1' }, 'oidc_issuer is'],
  [{ oidc_audience: undefined }, 'oidc_audience is missing, but must name the audience'],
  [{ oidc_audience: 'a,,b' }, 'oidc_audience is "a,,b", but must be one or more audiences'],
  [{ oidc_client_id_claim: '' }, 'oidc_client_id_claim is "", but must be the name of a claim'],
  [{ auth: 'none' }, 'auth is "none", but must be token if an OpenID issuer is set.'],
])('settings of an OpenID issuer are refused with %j, in a sentence that names the setting', (wrong, sentence) => {
  expect(() => readSettings({ ...settings, ...wrong })).toThrow(sentence);
});

it.each([
  [{ AUTH: 'none' }, 'AUTH is "none", but must be token if an OpenID issuer is set.'],
  [{ OIDC_AUDIENCE: '' }, 'OIDC_AUDIENCE is missing, but must name the audience'],
])('settings of an OpenID issuer are refused on one machine with %j', (wrong, sentence) => {
  const all = { AUTH: 'token', OIDC_ISSUER: 'http://localhost:8080/realms/devices', OIDC_AUDIENCE: 'gateway' };
  expect(readLocalSettings(all).OIDC_CLIENT_ID_CLAIM).toBe('sub');
  expect(() => readLocalSettings({ ...all, ...wrong })).toThrow(sentence);
});
