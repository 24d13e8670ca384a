// A long list by its cursors: all of it is seen in both directions, and only some pages are kept.
import { describe, expect, it } from 'vitest';
import { Pages, pagesMax, type Ask, type Shown } from '../../src/dashboard/search/pages.ts';

interface Row {
  id: number;
}
const size = 10;

/** Ids from the highest down, as a list of the newest first. */
function open(total: number) {
  const all = Array.from({ length: total }, (_, at) => ({ id: total - at }));
  const asked: object[] = [];
  let shown: Shown<Row> = { rows: [], isLoading: false, isRead: false, fault: null, isEnd: false };
  const state = { fails: false };
  const ask: Ask<Row> = async (place) => {
    asked.push(place);
    if (state.fails) throw new Error('away');
    const after = place.after === undefined ? -1 : all.findIndex(({ id }) => id === place.after);
    const before = place.before === undefined ? null : all.findIndex(({ id }) => id === place.before);
    const rows =
      before === null ? all.slice(after + 1, after + 1 + size) : all.slice(Math.max(0, before - size), before);
    const more = before === null ? after + 1 + size < all.length : before > size;
    return { rows, before: rows[0]?.id ?? null, after: rows.at(-1)?.id ?? null, more };
  };
  const pages = new Pages<Row>(ask, (told) => (shown = told));
  return { pages, asked, all, state, ids: () => shown.rows.map(({ id }) => id), shown: () => shown };
}

describe('pages', () => {
  it('go down to the end and up again to the first row, without a hole or a double', async () => {
    const { pages, ids, shown, all } = open(size * (pagesMax + 5));
    await pages.begin();
    const seen = new Set(ids());
    while (!shown().isEnd) {
      await pages.down();
      for (const id of ids()) seen.add(id);
      expect(ids().length).toBeLessThanOrEqual(size * pagesMax);
      expect(ids()).toEqual([...ids()].sort((a, b) => b - a));
    }
    expect(seen.size).toBe(all.length);
    expect(ids().at(-1)).toBe(1);
    while (ids()[0] !== all.length) {
      const before = ids()[0]!;
      await pages.up();
      expect(ids()[0]).toBe(before + size);
    }
    expect(ids().length).toBe(size * pagesMax);
    // What was given up below is found again.
    expect(shown().isEnd).toBe(false);
    await pages.down();
    expect(ids().at(-1)).toBe(all.length - size * (pagesMax + 1) + 1);
  });

  it('ask one question at a time, and none beyond the end', async () => {
    const { pages, asked } = open(size + 1);
    await Promise.all([pages.begin(), pages.begin(), pages.down()]);
    expect(asked).toEqual([{}]);
    await pages.down();
    await pages.down();
    await pages.up();
    expect(asked).toEqual([{}, { after: 2 }]);
  });

  it('keep what they have when an answer fails, say so, and go on', async () => {
    const { pages, asked, state, ids, shown } = open(size * 2);
    await pages.begin();
    state.fails = true;
    await pages.down();
    expect([ids().length, (shown().fault as Error).message]).toEqual([size, 'away']);
    await pages.retry();
    expect((shown().fault as Error).message).toBe('away');
    state.fails = false;
    await pages.retry();
    expect([ids().length, shown().fault]).toEqual([size * 2, null]);
    // What was answered is not asked again.
    const { length } = asked;
    await pages.retry();
    expect(asked.length).toBe(length);
  });

  it('tell nothing more when they are closed, and show a row as it was changed', async () => {
    const { pages, ids, shown } = open(size * 2);
    await pages.begin();
    pages.replace({ id: 15, note: 'x' } as Row);
    expect(shown().rows.find(({ id }) => id === 15)).toEqual({ id: 15, note: 'x' });
    pages.close();
    await pages.down();
    expect(ids()).toHaveLength(size);
  });
});
