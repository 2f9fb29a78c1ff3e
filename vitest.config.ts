import { defineConfig } from 'vitest/config';

// Vite would say that files are missing which are there.
if (/[#?%*]/.test(import.meta.dirname)) {
  console.error(`tests: Vite finds no files in ${import.meta.dirname}: clone into a path without #, ?, % and *`);
  process.exit(1);
}

const services = ['tests/**/*.services.test.ts', 'tests/end-to-end/**/*.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['tests/end-of-run.ts'],
    // Long, for machines that do much else: a test waits for conditions, and only one that hangs is ended by this.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 20_000 } },
    // Vitest runs the two pools side by side.
    poolOptions: { threads: { minThreads: 1, maxThreads: 3 }, forks: { minForks: 1, maxForks: 1 } },
    projects: [
      {
        extends: true,
        test: { name: 'fast', include: ['tests/**/*.test.ts'], exclude: services, pool: 'threads' },
      },
      {
        extends: true,
        test: {
          // Those that start services, a browser or Maven, or move much data: side by side they would only wait for each other.
          name: 'services',
          include: services,
          globalSetup: ['tests/jars.ts'],
          pool: 'forks',
        },
      },
    ],
  },
});
