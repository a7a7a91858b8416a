/** `npm run test:slow`: tests that take minutes of processor time, which only `.ci/run` runs. @type {import('jest').Config} */
module.exports = {
  ...require('./jest.config.cjs'),
  testMatch: ['<rootDir>/test/slow/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // Three of them mostly wait: for a proxy's patience, or for what they install.
  maxWorkers: 3,
};
