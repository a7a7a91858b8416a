/** `npm run test:quick`: what one runs while writing code. All in memory, and no AWS SDK. @type {import('jest').Config} */
module.exports = {
  ...require('./jest.config.cjs'),
  maxWorkers: '100%',
  testMatch: [
    '<rootDir>/test/unit/**/*.test.ts',
    '<rootDir>/test/contract/memory-*.test.ts',
    '<rootDir>/test/e2e/memory.test.ts',
  ],
};
