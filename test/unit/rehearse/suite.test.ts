import { outcomeOf, type TestResult } from '../../../scripts/rehearse/suite';

const test = (part: string, status: TestResult['status'], ...reason: string[]): TestResult => ({
  ancestorTitles: ['a deployed server', part, ...reason],
  title: 'does what it says',
  status,
});

const reportOf = (...assertionResults: TestResult[]) => ({ testResults: [{ message: '', assertionResults }] });

describe('the outcome of the suite in a rehearsal', () => {
  const left = test('CORS', 'pending', 'not here, as it can do no better:');

  it('counts what passed by its part, and what was left out by its reason', () => {
    const report = reportOf(test('ping', 'passed'), test('ping', 'passed'), test('chat', 'passed'), left, left);
    expect(outcomeOf(report, { openCors: 'it can do no better' })).toEqual({
      passed: new Map([
        ['ping', 2],
        ['chat', 1],
      ]),
      skipped: new Map([['it can do no better', 2]]),
      faults: [],
    });
  });

  it('is a fault where a test was skipped for no reason that is told', () => {
    const { faults } = outcomeOf(reportOf(test('ping', 'passed'), left), {});
    expect(faults).toEqual([expect.stringMatching(/^Skipped, .*: a deployed server › CORS › .* › does what it says$/)]);
  });

  it('is a fault where a reason left out nothing', () => {
    const { faults } = outcomeOf(reportOf(test('ping', 'passed')), { openCors: 'it can do no better' });
    expect(faults).toEqual([expect.stringContaining('it can do no better')]);
  });

  it('is a fault where nothing ran', () => {
    expect(outcomeOf(reportOf(), {}).faults).toEqual(['No test of the suite has passed.']);
  });

  it('is a fault where a test failed, or the suite could not be loaded', () => {
    const report = {
      testResults: [{ message: 'expected 1, received 2\n', assertionResults: [test('ping', 'passed')] }],
    };
    expect(outcomeOf(report, {}).faults).toEqual(['expected 1, received 2']);
  });
});
