const { availableParallelism } = require('node:os');

/** The tests of the gate: all but those of `test/slow`. @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/slow/'],
  transform: { '^.+\\.[mc]?[jt]s$': ['@swc/jest', { jsc: { target: 'es2022' } }] },
  // jose ships as ES modules only; everything else is loaded as it is.
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  // Twice as many as there are processors: many tests wait for a server, a time limit or a child.
  maxWorkers: availableParallelism() * 2,
  // Milliseconds. No test is ever slow enough to fail: this only ends a run in which something hangs.
  testTimeout: 600_000,
  reporters: ['default', '<rootDir>/test/support/summary-reporter.cjs'],
};
