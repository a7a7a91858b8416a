/** `npm run test:quick`: what one runs while writing code. All in memory, without the AWS SDK and the benchmarks. @type {import('jest').Config} */
module.exports = {
  ...require('./jest.config.cjs'),
  maxWorkers: '100%',
  testMatch: [
    '<rootDir>/test/unit/**/*.test.ts',
    '<rootDir>/test/contract/memory-*.test.ts',
    '<rootDir>/test/e2e/memory.test.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/unit/(aws|bench)/'],
};
