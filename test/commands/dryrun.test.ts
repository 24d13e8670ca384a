// What long commands say while they work: of a dry run, what would be, as they do at the end.
import { expect, it } from 'vitest';
import { anonymise } from '../../src/commands/anonymise.ts';
import { Bar } from '../../src/commands/bar.ts';
import { classify } from '../../src/commands/classify.ts';
import { purge } from '../../src/commands/purge.ts';

/** The lines that a pipe is told by a work of one slice. */
async function linesOf(work: (bar: Bar, signal: AbortSignal) => Promise<unknown>): Promise<string> {
  let [text, ms] = ['', 0];
  const bar = new Bar({ write: (some) => (text += some) }, () => (ms += 6000));
  await work(bar, new AbortController().signal);
  return text;
}

it.each([
  [true, 'would be'],
  [false, 'were'],
])('purge and anonymise, dry run %s: the counts %s', async (isDryRun, were) => {
  const retain = async () => ({ looked: 9, removed: 3, anonymised: 2, held: 1, companies: {}, after: null });
  expect(await linesOf((bar, signal) => purge({ retain }, isDryRun, bar, signal))).toBe(
    `3 records ${were} removed, 2 ${were} anonymised, 1 are due and held\n`,
  );
  const desk = {
    anonymise: async () => ({ looked: 9, anonymised: 2, held: 0, kept: 0, rejects: 0, after: 9, more: false }),
    anonymiseCopies: async () => ({ looked: 2, reports: 1, masked: 0, tags: 0, named: [], after: 9, more: false }),
  };
  expect(await linesOf((bar, signal) => anonymise(desk, ['1'], isDryRun, bar, signal))).toBe(
    `9 records looked at, 2 ${were} anonymised\n9 records looked at, 2 ${were} anonymised; reports are looked at\n`,
  );
});

it.each([
  [
    true,
    1,
    '100 %  9 records looked at, 2 would change, and 1 hidden one with them; 3 calls would be something else\n',
  ],
  [
    false,
    2,
    '100 %  9 records looked at, 2 were changed, and 2 hidden ones with them; 3 calls are something else now\n',
  ],
])('classify, dry run %s', async (isDryRun, hidden, line) => {
  const counts = { looked: 9, changed: 2, hidden, calls: 3, facts: {}, samples: [] };
  const slice = async () => ({ ...counts, after: 9, more: false, head: 9 });
  expect(await linesOf((bar, signal) => classify(slice, { after: 0, isDryRun }, bar, signal))).toBe(line);
});
