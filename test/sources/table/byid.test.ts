import { describe, expect, it, onTestFinished } from 'vitest';
import { createHash } from 'node:crypto';
import { at, bareSchema, customSchema, pbxFile, type Pbx } from './files.ts';
import { warnings, watchTable, type Fields, type Watch, type WatchOptions } from './watch.ts';

async function watching(pbx: Pbx, options: Omit<WatchOptions, 'url'> = {}): Promise<Watch> {
  const watch = watchTable({ url: pbx.url, ...options });
  onTestFinished(() => watch.stop());
  await watch.clock.idle();
  return watch;
}

function record(n: number, more: object = {}): Record<string, unknown> {
  return { AcctId: n, calldate: at(n), uniqueid: `${n}.1`, sequence: String(n), ...more };
}

const ids = (rows: Fields[]): unknown[] => rows.map(({ acctid }) => acctid);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

describe('a table with an id column', () => {
  it('is read from the oldest on the first start, in pages of max_rows', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 25).map((n) => record(n)));
    const watch = await watching(pbx, { config: { max_rows: 10 } });
    expect(watch.batches.map(({ rows }) => rows.length)).toEqual([10, 10, 5]);
    expect(ids(watch.take())).toEqual(range(1, 25));
    expect(watch.state()).toEqual({ state: 'up' });
  });

  it('hands over a row once, and nothing when nothing is new', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(record(1), record(2));
    const watch = await watching(pbx);
    expect(await watch.poll()).toEqual([]);
    pbx.add(record(3));
    expect(ids(await watch.poll())).toEqual([3]);
    expect(await watch.poll()).toEqual([]);
    expect(watch.batches).toHaveLength(2);
  });

  it('is stored up to its last look that came to the end, not while a page waits for the store', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 11).map((n) => record(n)));
    const store = Promise.withResolvers<void>();
    const upTo: (number | null)[] = [];
    const asked = Promise.withResolvers<void>();
    const watch = watchTable({
      url: pbx.url,
      config: { max_rows: 10 },
      onEmit: async (_batch, { storedUpTo, batches }) => {
        upTo.push(storedUpTo());
        if (batches.length < 2) return;
        asked.resolve();
        await store.promise;
      },
    });
    onTestFinished(() => watch.stop());
    await watch.clock.idle();
    const first = watch.clock.ms * 1000;
    expect([upTo, watch.storedUpTo()]).toEqual([[null, null], first]);
    await watch.clock.turn();
    const second = watch.clock.ms * 1000;
    expect(watch.storedUpTo()).toBe(second);
    expect(second).toBeGreaterThan(first);
    pbx.add(record(12));
    watch.clock.wake();
    await asked.promise;
    expect(watch.storedUpTo()).toBe(second);
    store.resolve();
    await watch.clock.idle();
    expect(watch.storedUpTo()).toBe(watch.clock.ms * 1000);
  });

  it('waits poll_seconds, and looks at once when poked', async () => {
    const pbx = pbxFile(customSchema);
    const watch = await watching(pbx, { config: { poll_seconds: 2.5 } });
    expect(watch.clock.slept).toEqual([2500]);
    pbx.add(record(1));
    watch.poke();
    await new Promise((resolve) => setImmediate(resolve));
    await watch.clock.idle();
    expect(ids(watch.take())).toEqual([1]);
  });

  it('finds a lower id that appears late, within overlap_rows and not below', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(record(100));
    const watch = await watching(pbx, { config: { overlap_rows: 10 } });
    pbx.add(record(90), record(89));
    expect(ids(await watch.poll())).toEqual([90]);
    pbx.add(record(101));
    expect(ids(await watch.poll())).toEqual([101]);
  });

  it('hands over a row again when somebody changed it', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(record(1), record(2));
    const watch = await watching(pbx);
    pbx.db.exec(`UPDATE cdr SET userfield = 'rec.wav' WHERE AcctId = 1`);
    const rows = await watch.poll();
    expect(rows).toMatchObject([{ acctid: 1, userfield: 'rec.wav' }]);
    expect(await watch.poll()).toEqual([]);
  });

  it('goes on from the cursor after a restart, with the overlap once more', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 50).map((n) => record(n)));
    const first = await watching(pbx, { config: { overlap_rows: 3 } });
    await first.stop();
    const second = await watching(pbx, { config: { overlap_rows: 3 }, cursor: first.cursor });
    expect(ids(second.take())).toEqual([47, 48, 49, 50]);
    expect(await second.poll()).toEqual([]);
  });

  it('never reads below min_id', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 20).map((n) => record(n)));
    const watch = await watching(pbx, { config: { min_id: 15 } });
    expect(ids(watch.take())).toEqual(range(15, 20));
    pbx.db.exec(`UPDATE cdr SET userfield = 'x' WHERE AcctId IN (14, 15)`);
    expect(ids(await watch.poll())).toEqual([15]);
  });

  it('starts again from the lowest id when the table was emptied, and says so once', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 30).map((n) => record(n)));
    const watch = await watching(pbx, { config: { max_rows: 10, overlap_rows: 5 } });
    pbx.db.exec('DELETE FROM cdr');
    expect(await watch.poll()).toEqual([]);
    pbx.add(record(1, { uniqueid: 'new.1' }), record(2, { uniqueid: 'new.2' }));
    expect((await watch.poll()).map(({ uniqueid }) => uniqueid)).toEqual(['new.1', 'new.2']);
    expect(await watch.poll()).toEqual([]);
    expect(warnings(watch).filter((text) => text.includes('emptied'))).toHaveLength(1);
  });

  it('notices a table made anew that has already grown past the cursor, even over a restart', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 30).map((n) => record(n)));
    const first = await watching(pbx);
    await first.stop();
    pbx.db.exec('DELETE FROM cdr');
    pbx.add(...range(1, 40).map((n) => record(n, { uniqueid: `new.${n}` })));
    const second = await watching(pbx, { cursor: first.cursor, config: { max_rows: 7, overlap_rows: 5 } });
    expect(new Set(second.take().map(({ uniqueid }) => uniqueid))).toEqual(
      new Set(range(1, 40).map((n) => `new.${n}`)),
    );
  });

  it('notices while it was away a table made anew that has no row at the very id of the cursor', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 30).map((n) => record(n)));
    const first = await watching(pbx);
    await first.stop();
    pbx.db.exec('DELETE FROM cdr');
    const others = [...range(1, 29), ...range(31, 40)];
    pbx.add(...others.map((n) => record(n, { uniqueid: `new.${n}` })));
    const second = await watching(pbx, { cursor: first.cursor, config: { overlap_rows: 3 } });
    expect(second.take().map(({ uniqueid }) => uniqueid)).toEqual(others.map((n) => `new.${n}`));
    expect(second.batches[0]!.rows[0]!.mark).toEqual({ key: '1:1' });
    expect(warnings(second)).toEqual([expect.stringMatching(/^the table was emptied or made anew/)]);
  });

  it('is the same table when its times come out on another clock, or somebody changes the start of its newest row', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 30).map((n) => record(n)));
    const first = await watching(pbx);
    await first.stop();
    pbx.db.exec(`UPDATE cdr SET calldate = datetime(calldate, '-1 hours')`);
    const second = await watching(pbx, { cursor: first.cursor, config: { overlap_rows: 3 }, timezone: 'UTC' });
    expect(ids(second.take())).toEqual([27, 28, 29, 30]);
    pbx.db.exec(`UPDATE cdr SET calldate = '${at(99)}' WHERE AcctId = 30`);
    expect(ids(await second.poll())).toEqual([30]);
    expect(second.batches.at(-1)!.rows[0]!.mark).toEqual({ key: '0:30' });
    expect(warnings(second)).toEqual([]);
  });

  it('is the same table when its newest row gets the name that it lacked, also while nobody looked', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 10).map((n) => record(n)), record(11, { uniqueid: '' }));
    const first = await watching(pbx, { config: { overlap_rows: 3 } });
    first.take();
    pbx.db.exec(`UPDATE cdr SET uniqueid = '11.1' WHERE AcctId = 11`);
    expect(await first.poll()).toMatchObject([{ acctid: 11, uniqueid: '11.1' }]);
    expect(first.batches.at(-1)!.rows[0]!.mark).toEqual({ key: '0:11' });
    pbx.add(record(12, { uniqueid: null }));
    await first.poll();
    await first.stop();
    pbx.db.exec(`UPDATE cdr SET uniqueid = '12.1' WHERE AcctId = 12`);
    const second = await watching(pbx, { cursor: first.cursor, config: { overlap_rows: 3 } });
    expect(ids(second.take())).toEqual([9, 10, 11, 12]);
    expect([...warnings(first), ...warnings(second)]).toEqual([]);
  });

  it('is the same table when it loses its names and gets them back, also while nobody looked', async () => {
    const pbx = pbxFile(bareSchema);
    pbx.add(...range(1, 5).map((n) => ({ AcctId: n, calldate: at(n), uniqueid: `${n}.1` })));
    const states = [
      'ALTER TABLE cdr DROP COLUMN uniqueid',
      "ALTER TABLE cdr ADD COLUMN uniqueid TEXT NOT NULL DEFAULT ''",
      "UPDATE cdr SET uniqueid = AcctId || '.1'",
      "UPDATE cdr SET uniqueid = ''",
    ];
    let watch = await watching(pbx);
    const keys = () => watch.batches.flatMap(({ rows }) => rows.map(({ mark }) => mark!.key!));
    for (const change of states) {
      pbx.db.exec(change);
      await watch.poll();
      expect(new Set(keys()), change).toEqual(new Set(range(1, 5).map((n) => `0:${n}`)));
      expect(watch.log.filter(({ msg }) => msg.includes('made anew'))).toEqual([]);
    }
    for (const change of ['ALTER TABLE cdr DROP COLUMN uniqueid', states[1]!, states[2]!]) {
      await watch.stop();
      pbx.db.exec(change);
      watch = await watching(pbx, { cursor: watch.cursor });
      expect(keys(), change).toEqual(range(1, 5).map((n) => `0:${n}`));
    }
  });

  it.each([
    ['named, other names at the same times', 'n.1', 'other.1', 0],
    ['named, rows without names at other times', 'n.1', '', 60],
    ['without names, named ones at other times', '', 'n.1', 60],
    ['without names, others without at other times', '', '', 60],
  ])('notices a table made anew with rows of the same ids: %s', async (_what, before, after, shift) => {
    const pbx = pbxFile(customSchema);
    const fill = (uniqueid: string, more: number) =>
      pbx.add(
        ...range(1, 9).map((n) => record(n, { uniqueid: uniqueid && `${n}.${uniqueid}`, calldate: at(n + more) })),
      );
    fill(before, 0);
    const watch = await watching(pbx);
    watch.take();
    pbx.db.exec('DELETE FROM cdr');
    fill(after, shift);
    expect(await watch.poll()).toHaveLength(9);
    expect(watch.batches.at(-1)!.rows[0]!.mark).toEqual({ key: '1:1' });
    expect(warnings(watch)).toEqual([expect.stringMatching(/^the table was emptied or made anew/)]);
  });

  it('knows the table by a cursor that marked rows by their times, as until 0.1.0', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 30).map((n) => record(n)));
    const birth = JSON.stringify(['30.1', at(30)]);
    const mark = createHash('sha256').update(birth).digest('base64').slice(0, 22);
    const cursor = JSON.stringify({ by: 'id', column: 'acctid', id: '30', mark });
    const same = await watching(pbx, { cursor, config: { overlap_rows: 3 } });
    expect(ids(same.take())).toEqual([27, 28, 29, 30]);
    expect(warnings(same)).toEqual([]);
    await same.stop();
    pbx.db.exec(`UPDATE cdr SET uniqueid = 'other' WHERE AcctId = 30`);
    const other = await watching(pbx, { cursor, config: { overlap_rows: 3 } });
    expect(ids(other.take())).toEqual(range(1, 30));
  });

  it('of a cursor without other rows to know the table by, takes a missing row for another table', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 30).map((n) => record(n)));
    const first = await watching(pbx);
    await first.stop();
    const { anchors, ...old } = JSON.parse(first.cursor!) as Record<string, unknown>;
    expect(anchors).toHaveLength(5);
    pbx.db.exec('DELETE FROM cdr WHERE AcctId = 30');
    pbx.add(record(31));
    const second = await watching(pbx, { cursor: JSON.stringify(old), config: { overlap_rows: 3 } });
    expect(ids(second.take())).toEqual([...range(1, 29), 31]);
  });

  it('knows its table over a restart by other rows when the newest were deleted meanwhile', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 30).map((n) => record(n)));
    const first = await watching(pbx);
    await first.stop();
    pbx.db.exec('DELETE FROM cdr WHERE AcctId > 25');
    pbx.add(record(31));
    const second = await watching(pbx, { cursor: first.cursor, config: { overlap_rows: 10 } });
    expect(ids(second.take())).toEqual([...range(20, 25), 31]);
    expect(warnings(second)).toEqual([]);
  });

  it('reads a table again that was restored with other rows under some of the last ids', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 30).map((n) => record(n)));
    const watch = await watching(pbx);
    watch.take();
    pbx.db.exec('DELETE FROM cdr WHERE AcctId > 20');
    pbx.add(...range(21, 29).map((n) => record(n, { uniqueid: `new.${n}` })));
    expect(await watch.poll()).toHaveLength(29);
    expect(await watch.poll()).toEqual([]);
  });

  it('reads a table with more than backfill.above_rows rows from near its end, and says where it began', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 50).map((n) => record(n * 2)));
    const config = { overlap_rows: 10, backfill: { above_rows: 49, rows_per_second: 1 } };
    const watch = await watching(pbx, { config });
    expect(ids(watch.take())).toEqual([90, 92, 94, 96, 98, 100]);
    expect(JSON.parse(watch.cursor!)).toMatchObject({ id: '100', from: '90' });
    await watch.stop();
    pbx.add(record(101));
    const second = await watching(pbx, { config, cursor: watch.cursor });
    expect(JSON.parse(second.cursor!)).toMatchObject({ id: '101', from: '90' });
    const whole = await watching(pbx, { config: { ...config, backfill: { above_rows: 51, rows_per_second: 1 } } });
    expect(whole.take()).toHaveLength(51);
    expect(JSON.parse(whole.cursor!)).not.toHaveProperty('from');
  });

  it('begins near the end again when a large table takes the place of another', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 5).map((n) => record(n)));
    const watch = await watching(pbx, { config: { overlap_rows: 2, backfill: { above_rows: 9, rows_per_second: 1 } } });
    pbx.db.exec('DELETE FROM cdr');
    pbx.add(...range(1, 20).map((n) => record(n, { uniqueid: `new.${n}` })));
    expect(ids(await watch.poll())).toEqual([18, 19, 20]);
    expect(JSON.parse(watch.cursor!)).toMatchObject({ from: '18', epoch: 1 });
  });

  it('finds ids that step by the size of a cluster and appear in any order', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(record(3), record(7));
    const watch = await watching(pbx);
    pbx.add(record(4), record(10));
    expect(ids(await watch.poll())).toEqual([4, 10]);
    pbx.add(record(5), record(8), record(13));
    expect(ids(await watch.poll())).toEqual([5, 8, 13]);
  });

  it('finds a row that was inserted by hand with an old date', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 5).map((n) => record(n)));
    const watch = await watching(pbx);
    pbx.add(record(6, { calldate: '2019-01-01 00:00:00' }));
    expect(ids(await watch.poll())).toEqual([6]);
  });

  it('does not read all again because the newest rows were deleted', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 30).map((n) => record(n)));
    const watch = await watching(pbx, { config: { overlap_rows: 5 } });
    pbx.db.exec('DELETE FROM cdr WHERE AcctId > 28');
    expect(await watch.poll()).toEqual([]);
    pbx.add(record(29, { uniqueid: 'again' }));
    expect(await watch.poll()).toMatchObject([{ uniqueid: 'again' }]);
    expect(warnings(watch)).toEqual([]);
  });

  it('gives rows that only a shared batch tells apart in one batch, across page edges and polls', async () => {
    const twin = { calldate: at(7), uniqueid: '7.7', src: '101' };
    const pbx = pbxFile(bareSchema);
    pbx.add(...[1, 2].map((n) => ({ AcctId: n, calldate: at(n), uniqueid: `${n}.1` })), { AcctId: 3, ...twin });
    pbx.add({ AcctId: 4, ...twin });
    const watch = await watching(pbx, { config: { max_rows: 3 } });
    expect(watch.batches.map(({ rows }) => rows.map(({ fields }) => fields['acctid']))).toEqual([
      [1, 2, 3],
      [3, 4],
    ]);
    pbx.add({ AcctId: 5, ...twin });
    expect(ids(await watch.poll())).toEqual([3, 4, 5]);
    expect(await watch.poll()).toEqual([]);
  });

  it('never gives a row twice for its family when a sequence names it', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(record(1, { uniqueid: 'same', calldate: at(1) }));
    const watch = await watching(pbx);
    pbx.add(record(2, { uniqueid: 'same', calldate: at(1) }));
    expect(ids(await watch.poll())).toEqual([2]);
  });

  it('keeps ids that no double can hold', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(record(1, { AcctId: 9007199254740993n }), record(2, { AcctId: 9007199254740995n }));
    const watch = await watching(pbx, { config: { max_rows: 1 } });
    expect(ids(watch.take())).toEqual(['9007199254740993', '9007199254740995']);
    expect(await watch.poll()).toEqual([]);
  });

  it('notices a new column while running, and its values', async () => {
    const pbx = pbxFile(bareSchema);
    pbx.add({ calldate: at(1), uniqueid: '1.1' });
    const watch = await watching(pbx);
    expect(warnings(watch)).toHaveLength(1);
    pbx.db.exec('ALTER TABLE cdr ADD COLUMN sequence INT');
    pbx.add({ calldate: at(2), uniqueid: '2.1', sequence: 5 });
    expect((await watch.poll()).map(({ sequence }) => sequence)).toEqual([null, 5]);
    expect(warnings(watch)).toHaveLength(1);
    expect(
      watch.log.filter(({ msg }) => msg.includes('columns, read by')).map(({ hasSequence }) => hasSequence),
    ).toEqual([false, true]);
    expect(await watch.poll()).toEqual([]);
  });

  it('finishes the page in hand when stopped, and reads no further', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add(...range(1, 30).map((n) => record(n)));
    const stopping: Promise<void>[] = [];
    const watch = watchTable({
      url: pbx.url,
      config: { max_rows: 10 },
      onEmit: (_batch, self) => void stopping.push(self.stop()),
    });
    while (stopping.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all(stopping);
    expect(ids(watch.take())).toEqual(range(1, 10));
    expect(JSON.parse(watch.cursor!)).toMatchObject({ by: 'id', id: '10' });
    expect(watch.state()).toEqual({ state: 'stopped' });
  });
});
