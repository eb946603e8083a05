import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    reporters: ['default', './test/support/summary-reporter.ts'],
    // The built program is a child process of many tests: two at a time are what two cores can carry.
    maxWorkers: 2,
    env: { NO_COLOR: '1', CARDFERRY_NO_KEYRING: '1' },
  },
});
