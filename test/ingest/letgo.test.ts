import { expect, it } from 'vitest';
import { letGoTeller } from '../../src/ingest/letgo.ts';
import { openLog } from '../../src/log.ts';

it('warns of rejects that were let go once a day for each source', () => {
  const lines: { level: string; source: string; count: number; msg: string }[] = [];
  const to = { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) };
  let now = 0;
  const tell = letGoTeller(openLog({ level: 'info', format: 'json' }, to), () => now);
  tell([{ source: 'pbx1/import', count: 505 }]);
  tell([{ source: 'pbx1/import', count: 7 }]);
  tell([{ source: 'pbx1/table', count: 2 }]);
  expect(lines.map(({ level, source, count }) => [level, source, count])).toEqual([
    ['warn', 'pbx1/import', 505],
    ['warn', 'pbx1/table', 2],
  ]);
  expect(lines[0]!.msg).toContain('more rejects than rejects.keep');
  now = 24 * 3600 * 1000;
  tell([{ source: 'pbx1/import', count: 9 }]);
  expect(lines).toHaveLength(3);
});
