// Four projects: `quick`; `long`, which runs the daemon as a process, kills it, stalls clients; `services`, which needs a real
// Asterisk and MariaDB (test/services brings them up); `faults`, the suite of `npm run test:faults`, which runs only when it is
// named. The first two need nothing but Node.
import { defineConfig } from 'vitest/config';
import { servicesObstacle } from './test/services/chroot.ts';

const services = ['test/**/*.service.test.ts'];
const longRuns = ['test/**/*.long.test.ts'];
const faultRuns = ['test/faults/*.faults.test.ts'];

const quick = {
  extends: true as const,
  test: {
    name: 'quick',
    include: ['test/**/*.test.ts'],
    exclude: [...services, ...longRuns, ...faultRuns, 'node_modules/**', '.cache/**'],
  },
};

const long = {
  extends: true as const,
  test: {
    name: 'long',
    include: longRuns,
    exclude: ['node_modules/**', '.cache/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

const withServices = {
  extends: true as const,
  test: {
    name: 'services',
    include: services,
    exclude: ['node_modules/**', '.cache/**'],
    globalSetup: ['test/services/global.ts'],
    // One service after the other: two cores, and faults of one test must not slow another.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
};

const withFaults = {
  extends: true as const,
  test: {
    name: 'faults',
    include: faultRuns,
    exclude: ['node_modules/**', '.cache/**'],
    globalSetup: ['test/services/global.ts'],
    // Two at a time, as CI has cores.
    maxWorkers: 2,
    // A bound, not a measure: a busy machine starts daemons many times slower than a free one.
    testTimeout: process.env['CDRD_FAULTS_FORM'] === 'nightly' ? 14_400_000 : 1_800_000,
    hookTimeout: 120_000,
  },
};

/** Nothing is left out in silence: it is said before and after the run, and under CI it is a failure. */
function leftOut(obstacle: string): void {
  const text = `\n  LEFT OUT: all tests on a real Asterisk and a real MariaDB.\n  ${obstacle}\n\n`;
  if (process.env['CI'] === 'true') throw new Error(text);
  process.stderr.write(text);
  process.on('exit', () => process.stderr.write(text));
}

const isQuickOnly = process.argv.includes('quick');
const isFaults = process.argv.includes('faults');
const obstacle = isQuickOnly ? null : servicesObstacle();
if (obstacle !== null) leftOut(obstacle);
if (isFaults && obstacle !== null) throw new Error('the faults suite needs a real MariaDB');
const usual = obstacle === null ? [quick, long, withServices] : [quick, long];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: isFaults ? [withFaults] : isQuickOnly ? [quick] : usual,
  },
});
