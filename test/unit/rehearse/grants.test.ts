import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultsOfGrants } from '../../../scripts/rehearse/grants';

const ROLE = 'Switchboard-FunctionsHttpAdminRole33CD4643-E4F4';
const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/Switchboard-Messages.1';
const granted = { kind: 'granted', role: ROLE, action: 'dynamodb:PutItem', resource: TABLE };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-grants-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function faultsOf(lines: object[], { isWhole = true } = {}): string[] {
  const file = join(folder, 'grants.jsonl');
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return faultsOfGrants(file, isWhole).filter((fault) => fault.includes('HttpAdmin') || fault.includes('http/admin'));
}

describe('a rehearsal fails', () => {
  it('where a call was refused, even one whose failure nobody noticed', () => {
    const refused = { ...granted, kind: 'refused' };
    const fault = `Refused, because it is not granted: ${ROLE}: dynamodb:PutItem on ${TABLE}`;
    expect(faultsOf([refused], { isWhole: false })).toEqual([fault]);
  });

  it('where a grant was used by no call, if the whole suite has run', () => {
    const fault = `Granted, but not used: ${ROLE}: dynamodb:PutItem on ${TABLE}`;
    for (const call of [
      { ...granted, kind: 'made', resource: `${TABLE}-other` },
      { ...granted, kind: 'made', action: 'dynamodb:GetItem' },
      { ...granted, kind: 'made', role: ROLE.replace('Admin', 'Read') },
      { ...granted, kind: 'made', resource: TABLE.replace('.', 'x') },
    ]) {
      expect(faultsOf([granted, call])).toEqual([fault]);
    }
    expect(faultsOf([granted], { isWhole: false })).toEqual([]);
  });

  it('where a function has made no call at all', () => {
    expect(faultsOf([])).toEqual(['http/admin has made no call.']);
  });

  it('not where a grant is for what the suite cannot bring about', () => {
    const start = {
      ...granted,
      action: 'lambda:InvokeFunction',
      resource: 'arn:function:Switchboard-websocket-end-session:live',
    };
    expect(faultsOf([start])).toEqual([]);
    const other = { ...start, resource: 'arn:function:Switchboard-websocket-revoke:live' };
    expect(faultsOf([start, other])).toHaveLength(1);
  });

  it('not where each grant was used', () => {
    expect(faultsOf([granted, { ...granted, kind: 'made' }])).toEqual([]);
    const any = { ...granted, action: 'execute-api:ManageConnections', resource: 'arn:api/live/POST/@connections/*' };
    expect(faultsOf([any, { ...any, kind: 'made', resource: 'arn:api/live/POST/@connections/a=' }])).toEqual([]);
  });
});
