/** `npm run test:slow`: tests that take minutes of processor time, which only `.ci/run` runs. @type {import('jest').Config} */
module.exports = {
  ...require('./jest.config.cjs'),
  testMatch: ['<rootDir>/test/slow/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // One of them mostly waits, so two at a time take little longer than one.
  maxWorkers: 2,
};
