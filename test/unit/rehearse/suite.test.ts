import { outcomeOf, type TestResult } from '../../../scripts/rehearse/suite';

const test = (part: string, status: TestResult['status']): TestResult => ({
  ancestorTitles: ['a deployed server', part],
  title: 'does what it says',
  status,
});

const reportOf = (...assertionResults: TestResult[]) => ({ testResults: [{ message: '', assertionResults }] });

describe('the result of the suite in a rehearsal', () => {
  it('counts passed tests by part', () => {
    const report = reportOf(test('ping', 'passed'), test('ping', 'passed'), test('chat', 'passed'));
    const passed = new Map([
      ['ping', 2],
      ['chat', 1],
    ]);
    expect(outcomeOf(report)).toEqual({ passed, faults: [] });
  });

  it('is a failure if a test was skipped', () => {
    const { faults } = outcomeOf(reportOf(test('ping', 'passed'), test('CORS', 'pending')));
    expect(faults).toEqual(['Skipped: a deployed server › CORS › does what it says']);
  });

  it('is no fault where a test was left out on purpose', () => {
    expect(outcomeOf(reportOf(test('ping', 'passed'), test('CORS', 'pending')), true).faults).toEqual([]);
    expect(outcomeOf(reportOf(test('CORS', 'pending')), true).faults).toEqual(['No test of the suite has passed.']);
  });

  it('is a failure if nothing ran', () => {
    expect(outcomeOf(reportOf()).faults).toEqual(['No test of the suite has passed.']);
  });

  it('is a failure if a test failed, or the suite could not be loaded', () => {
    const report = {
      testResults: [{ message: 'expected 1, received 2\n', assertionResults: [test('ping', 'passed')] }],
    };
    expect(outcomeOf(report).faults).toEqual(['expected 1, received 2']);
  });
});
