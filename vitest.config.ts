import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/jars.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // Many files start real services, some of them all: side by side they would only wait for each other.
    fileParallelism: false,
  },
});
