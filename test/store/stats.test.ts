// How many statements the kept counts take: as many as their size asks for, however long somebody else has the store.
import { expect, it, vi } from 'vitest';
import { StatsClock } from '../../src/cdr/statsclock.ts';
import type { Database } from '../../src/store/sql.ts';
import { statsOn } from '../../src/store/stats.ts';

it('a wait for the store does not make them more', async () => {
  const day = 86_400e6;
  const [from, until] = [20_000 * day, 20_365 * day];
  const now = vi.spyOn(performance, 'now');
  const nothing = () => Promise.resolve([]);
  const readsWith = async (waitMs: number) => {
    let [reads, at] = [0, 0];
    now.mockImplementation(() => at);
    const read = async (work: (sql: object) => unknown) => {
      reads += 1;
      at += waitMs;
      return work({ dialect: 'sqlite', all: nothing, lists: nothing });
    };
    const stats = statsOn({ dialect: 'sqlite', read } as unknown as Database, {} as never);
    await stats.stats({ from, until, by: ['day'], zone: 'UTC', within: null }, new StatsClock(from, until, 'UTC'));
    return reads;
  };
  try {
    expect(await readsWith(12)).toBe(await readsWith(0));
  } finally {
    now.mockRestore();
  }
});
