import { expect, it } from 'vitest';
import { Unavailable } from '../../src/errors.ts';
import { Patience } from '../../src/ingest/patience.ts';
import { openLog } from '../../src/log.ts';
import { isPassing } from '../../src/store/fault.ts';
import type { Store } from '../../src/store/store.ts';

it('tells a store that is full once, in words and without a stack, and that it is back', async () => {
  const lines: Record<string, unknown>[] = [];
  const to = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const log = openLog({ level: 'info', format: 'json' }, to);
  const patience = new Patience({ isPassing } as Store, log, new AbortController().signal);
  let left = 2;
  const work = async () => {
    if (left-- > 0) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    return 'stored';
  };
  expect(await patience.persist(work, true)).toBe('stored');
  expect(lines.map(({ level, code, msg, err }) => ({ level, code, msg, err }))).toEqual([
    {
      level: 'error',
      code: 'SQLITE_FULL',
      msg: 'the store does not take records, waiting and trying again: the disk is full (SQLITE_FULL)',
      err: undefined,
    },
    { level: 'info', code: undefined, msg: 'the store takes records again', err: undefined },
  ]);
  left = 1;
  await expect(patience.persist(work, false)).rejects.toThrow(
    new Unavailable('the store does not take records: the disk is full (SQLITE_FULL)'),
  );
});
