// How much and with which seed: CI's form or the nightly one, as run.ts (npm run test:faults) says it.
import { afterEach } from 'vitest';
import { openRandom, type Random } from '../../src/simulator/random.ts';

const form = process.env['CDRD_FAULTS_FORM'] ?? 'ci';
export const isNightly = form === 'nightly';
export const seed = Number(process.env['CDRD_FAULTS_SEED'] ?? 1);

/** The number of this form; the short one is for whoever works on a test. */
export function many(ci: number, nightly: number): number {
  if (form === 'short') return Math.ceil(ci / 10);
  return isNightly ? nightly : ci;
}

/** A random of its own for each test: one alone draws the same as in the whole suite. */
export function randomFor(title: string): Random {
  let mixed = seed;
  for (const letter of title) mixed = (Math.imul(mixed, 31) + letter.codePointAt(0)!) >>> 0;
  return openRandom(mixed);
}

/** What fast-check is told in every property. */
export function runs(ci: number, nightly: number): { seed: number; numRuns: number } {
  return { seed, numRuns: many(ci, nightly) };
}

afterEach(({ task }) => {
  if (task.result?.state !== 'fail') return;
  const { name } = task;
  process.stderr.write(
    `\n  seed ${seed}; again: npm run test:faults -- ${form === 'ci' ? '' : `--${form} `}--seed ${seed} --title '${name}'\n`,
  );
});
