// The shape of the answer and what is left behind; never the numbers, which belong to the machine.
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cdrd } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { eventOf, indexOf } from './events.ts';

let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = tempFolder()));
afterEach(() => remove());

const bench = (...args: string[]) => cdrd(['--exec', 'test/bench/bench.ts', ...args], { TMPDIR: folder });

it('prints one JSON object per figure, and leaves nothing behind', async () => {
  const { code, stdout, stderr } = await bench('store-sqlite', '--short', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const number = expect.any(Number) as number;
  const figures = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(figures).toEqual([
    {
      part: 'store-sqlite',
      case: 'batches of 500',
      unit: 'records/s',
      measured: number,
      reference: number,
      ratio: number,
      ratio_min: number,
      ratio_max: number,
      pairs: 5,
      machine: expect.stringMatching(/\d+ cores, .*Node \d+.*SQLite \d+/) as string,
    },
  ]);
  expect(readdirSync(folder)).toEqual([]);
});

it('names the parts when asked for one that it does not have, and ends with 64', async () => {
  const { code, stdout, stderr } = await bench('store-mysql');
  expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
  expect(stderr).toContain("'store-mysql' is invalid");
  expect(stderr).toContain('ami-to-ws, store-sqlite, ');
});

it('knows an event again by its sequence, and never tells two records under one uniqueid and sequence', () => {
  const numbers = Array.from({ length: 10_010 }, (_, index) => index);
  const sequenceOf = (index: number) => Number(/^Sequence: (\d+)\r$/m.exec(eventOf(index))![1]);
  expect(numbers.map((index) => indexOf(sequenceOf(index)))).toEqual(numbers);
});
