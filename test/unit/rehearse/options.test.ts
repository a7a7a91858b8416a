import { readOptions } from '../../../scripts/rehearse/options';

const ISSUER = 'http://127.0.0.1:9';
const FILE = 'scripts/rehearse/all-settings.json';

describe('the options of a rehearsal', () => {
  it('are the settings that the suite needs, if there are none', () => {
    const { synth, ...rest } = readOptions([], ISSUER);
    expect(synth).toContain(`oidc_issuer=${ISSUER}`);
    expect(synth).toContain('events=all');
    expect(rest).toEqual({ only: undefined, hasIssuer: true, isChanged: false });
  });

  it('may limit the suite, without a change of the deployment', () => {
    const { synth, ...rest } = readOptions(['--only', 'a partner|events'], ISSUER);
    expect(synth).toEqual(readOptions([], ISSUER).synth);
    expect(rest).toEqual({ only: 'a partner|events', hasIssuer: true, isChanged: false });
    expect(() => readOptions(['--only'], ISSUER)).toThrow('--only needs');
  });

  it('deploy no issuer where there is no access control', () => {
    const { synth, hasIssuer, isChanged } = readOptions(['--context', 'auth=none'], ISSUER);
    expect(synth.filter((option) => option.startsWith('oidc_'))).toEqual([]);
    expect(synth.slice(-2)).toEqual(['--context', 'auth=none']);
    expect({ hasIssuer, isChanged }).toEqual({ hasIssuer: false, isChanged: true });
  });

  it('may be a file of settings instead', () => {
    const { synth, hasIssuer, isChanged } = readOptions(['--settings', FILE], ISSUER);
    expect(synth).toContain('stack_name=Rehearsal');
    expect(synth).not.toContain(`oidc_issuer=${ISSUER}`);
    expect({ hasIssuer, isChanged }).toEqual({ hasIssuer: false, isChanged: true });
    expect(() => readOptions(['--settings'], ISSUER)).toThrow('--settings needs a file');
  });
});
