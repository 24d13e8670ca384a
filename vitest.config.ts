// Two projects: `quick` needs nothing but Node, `services` needs a real Asterisk and MariaDB (test/services brings them up).
import { defineConfig } from 'vitest/config';

const services = ['test/**/*.service.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: { name: 'quick', include: ['test/**/*.test.ts'], exclude: [...services, 'node_modules/**'] },
      },
      {
        extends: true,
        test: {
          name: 'services',
          include: services,
          globalSetup: ['test/services/global.ts'],
          // One service after the other: two cores, and faults of one test must not slow another.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
