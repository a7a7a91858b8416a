/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '^.+\\.[mc]?[jt]s$': ['@swc/jest', { jsc: { target: 'es2022' } }] },
  // uuid and jose ship as ES modules only; everything else is loaded as it is.
  transformIgnorePatterns: ['/node_modules/(?!(uuid|jose)/)'],
  testTimeout: 20_000,
  reporters: ['default', '<rootDir>/test/support/summary-reporter.cjs'],
};
