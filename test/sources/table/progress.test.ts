import { expect, it } from 'vitest';
import { openLog } from '../../../src/log.ts';
import { ProgressLog } from '../../../src/sources/table/progress.ts';

it.each([
  [0, null, 'backfill begins'],
  [0, 1200, 'backfill begins, about 1200 rows'],
  [50, null, 'backfill goes on, 50 rows were read before'],
  [50, 1200, 'backfill goes on, 50 of about 1200 rows were read before'],
])('a backfill of which %d rows were read, of %s, says how it sets out', (rows, total, words) => {
  const lines: string[] = [];
  const log = openLog({ level: 'info', format: 'json' }, { write: (line) => void lines.push(line) });
  new ProgressLog(log, () => 0).begin(rows, () => total);
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([words]);
});
