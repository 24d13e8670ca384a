// Six projects: `quick`; `long`, which runs the daemon as a process, kills it, stalls clients; `browser` and `frames`, which need a
// Chromium; `services`, which needs a real Asterisk and MariaDB (test/services brings them up); `faults`, the suite of
// `npm run test:faults`, which runs only when it is named. The first two need nothing but Node.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { browserObstacle } from './test/browser/path.ts';
import { servicesObstacle } from './test/services/chroot.ts';

const services = ['test/**/*.service.test.ts'];
const longRuns = ['test/**/*.long.test.ts'];
const browserRuns = ['test/**/*.browser.test.ts'];
const frameRuns = ['test/dashboard/busy.browser.test.ts', 'test/dashboard/scroll.browser.test.ts'];
const faultRuns = ['test/faults/*.faults.test.ts'];

// Vitest's own number is one less than the cores, which is one on a machine of two; half the time of these is waiting.
const atOnce = { maxWorkers: Math.max(2, availableParallelism() - 1), sequence: { groupOrder: 0 } };

/** Vitest begins with the largest files: those of the kill runs are small. */
class KillsFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => (moduleId.includes('/kills') ? 0 : 1);
    return (await super.sort(specifications)).sort((a, b) => rank(a) - rank(b));
  }
}

const quick = {
  extends: true as const,
  test: {
    name: 'quick',
    ...atOnce,
    include: ['test/**/*.test.ts'],
    exclude: [...services, ...longRuns, ...browserRuns, ...faultRuns, 'node_modules/**', '.cache/**'],
  },
};

const long = {
  extends: true as const,
  test: {
    name: 'long',
    ...atOnce,
    include: longRuns,
    exclude: ['node_modules/**', '.cache/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

const withBrowser = {
  extends: true as const,
  test: {
    name: 'browser',
    // Half of their time is waiting, too.
    maxWorkers: 2,
    sequence: { groupOrder: 1 },
    include: browserRuns,
    exclude: [...frameRuns, 'node_modules/**', '.cache/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

const withFrames = {
  extends: true as const,
  test: {
    name: 'frames',
    // One after the other and beside nothing: frames are counted.
    maxWorkers: 1,
    sequence: { groupOrder: 3 },
    include: frameRuns,
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
    // Two at a time, each with services of its own: most of their time is waiting for these. By themselves: a busy machine is no fault.
    maxWorkers: 2,
    sequence: { groupOrder: 2 },
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
    // Two at a time, as CI has cores; the two long ones first, so that neither is alone in the end.
    maxWorkers: 2,
    // A bound, not a measure: a busy machine starts daemons many times slower than a free one.
    testTimeout: process.env['CDRD_FAULTS_FORM'] === 'nightly' ? 14_400_000 : 1_800_000,
    hookTimeout: 120_000,
  },
};

/** Nothing is left out in silence: it is said before and after the run, and under CI it is a failure. */
function leftOut(what: string, obstacle: string): void {
  const text = `\n  LEFT OUT: all tests ${what}.\n  ${obstacle}\n\n`;
  if (process.env['CI'] === 'true') throw new Error(text);
  process.stderr.write(text);
  process.on('exit', () => process.stderr.write(text));
}

const isQuickOnly = process.argv.includes('quick');
const isFaults = process.argv.includes('faults');
const obstacle = isQuickOnly ? null : servicesObstacle();
if (obstacle !== null) leftOut('on a real Asterisk and a real MariaDB', obstacle);
if (isFaults && obstacle !== null) throw new Error('the faults suite needs a real MariaDB');
const noBrowser = isQuickOnly || isFaults ? null : browserObstacle();
if (noBrowser !== null) leftOut('in a real browser', noBrowser);
const usual = [
  quick,
  long,
  ...(noBrowser === null ? [withBrowser, withFrames] : []),
  ...(obstacle === null ? [withServices] : []),
];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    ...(isFaults ? { sequence: { sequencer: KillsFirst } } : {}),
    projects: isFaults ? [withFaults] : isQuickOnly ? [quick] : usual,
  },
});
