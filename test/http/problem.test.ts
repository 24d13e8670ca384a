import { expect, it } from 'vitest';
import { openLog } from '../../src/log.ts';
import { problemOf } from '../../src/http/problem.ts';

it('a store that is full or away is told by its fault, to whoever asks and in the log, without a stack', () => {
  const lines: Record<string, unknown>[] = [];
  const to = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const log = openLog({ level: 'info', format: 'json' }, to);
  const full = Object.assign(new Error('insert into `cdr` values (secret)'), { code: 'SQLITE_FULL' });
  const detail = 'the store cannot be used now: the disk is full (SQLITE_FULL)';
  expect(problemOf(full, log, '1 MiB')).toMatchObject({ status: 503, detail });
  expect(lines).toMatchObject([{ level: 'error', code: 'SQLITE_FULL', msg: `a request failed: ${detail}` }]);
  expect(JSON.stringify(lines)).not.toMatch(/secret|stack/);
});
