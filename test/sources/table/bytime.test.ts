import { describe, expect, it, onTestFinished } from 'vitest';
import { asteriskSchema, at, freepbxSchema, pbxFile, type Pbx } from './files.ts';
import { warnings, watchTable, type Fields, type Watch, type WatchOptions } from './watch.ts';

async function watching(pbx: Pbx, options: Omit<WatchOptions, 'url'> = {}): Promise<Watch> {
  const watch = watchTable({ url: pbx.url, ...options });
  onTestFinished(() => watch.stop());
  await watch.clock.idle();
  return watch;
}

let count = 0;
function record(seconds: number, more: object = {}): Record<string, unknown> {
  count += 1;
  return { calldate: at(seconds), uniqueid: `${count}.1`, sequence: count, ...more };
}

const times = (rows: Fields[]): unknown[] => rows.map(({ calldate }) => calldate);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

describe('a table without an id column', () => {
  it('is read by time from the oldest, and hands over each row once', async () => {
    const pbx = pbxFile(freepbxSchema);
    pbx.add(...range(1, 25).map((n) => record(n)));
    const watch = await watching(pbx, { config: { max_rows: 10 } });
    expect(times(watch.take())).toEqual(range(1, 25).map(at));
    expect(await watch.poll()).toEqual([]);
    pbx.add(record(26));
    expect(times(await watch.poll())).toEqual([at(26)]);
    expect(JSON.parse(watch.cursor!)).toEqual({ by: 'time', column: 'calldate', time: at(26), clock: 'wall' });
  });

  it('skips no row of equal times at the edge of a page, and widens a page that one instant fills', async () => {
    const pbx = pbxFile(freepbxSchema);
    pbx.add(...[1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, ...range(4, 7)].map((n) => record(n)));
    const watch = await watching(pbx, { config: { max_rows: 3 } });
    expect(watch.batches.map((batch) => batch.rows.map(({ fields }) => fields['calldate']))).toEqual([
      [at(1)],
      [at(2), at(2), at(2), at(2)],
      [...Array.from({ length: 9 }, () => at(3)), at(4), at(5)],
      [at(6), at(7)],
    ]);
  });

  it('with more than backfill.above_rows rows is read from near its end, and says where it began', async () => {
    const pbx = pbxFile(freepbxSchema);
    pbx.add(...range(1, 50).map((n) => record(n * 10)));
    const config = { overlap_seconds: 30, backfill: { above_rows: 49, rows_per_second: 1 } };
    const watch = await watching(pbx, { config });
    expect(times(watch.take())).toEqual([470, 480, 490, 500].map(at));
    expect(JSON.parse(watch.cursor!)).toMatchObject({ time: at(500), from: at(470) });
    await watch.stop();
    pbx.add(record(501));
    const second = await watching(pbx, { config, cursor: watch.cursor });
    expect(JSON.parse(second.cursor!)).toMatchObject({ time: at(501), from: at(470) });
  });

  it('keeps the overlap of today although a row came from the future', async () => {
    const pbx = pbxFile(freepbxSchema);
    // 12:00 UTC of the clock is 13:00 in Berlin, the 36,000th second.
    pbx.add(record(36_000), record(36_000 + 20 * 3600));
    const watch = await watching(pbx, { config: { overlap_seconds: 3600 } });
    pbx.add(record(35_900));
    expect(times(await watch.poll())).toEqual([at(35_900)]);
  });

  it('never parts two rows of one second, whatever their fractions', async () => {
    const pbx = pbxFile(freepbxSchema);
    const twin = (fraction: string) => ({ calldate: `${at(2)}.${fraction}`, uniqueid: '7.7' });
    pbx.add({ calldate: at(1), uniqueid: '1.1' }, twin('25'), twin('75'), { calldate: at(3), uniqueid: '3.1' });
    const watch = await watching(pbx, { config: { max_rows: 2 } });
    expect(watch.batches.map(({ rows }) => rows.length)).toEqual([1, 3]);
  });

  it('hands over a row again whose word is changed back, also one of two that are equal', async () => {
    const pbx = pbxFile(freepbxSchema);
    const twin = { calldate: at(2), uniqueid: '2.2', dst: '102' };
    pbx.add(record(1, { dst: '102' }), twin, twin, record(3));
    const watch = await watching(pbx, { config: { max_rows: 2 } });
    const set = (dst: string, rowid: number) =>
      pbx.db.prepare('UPDATE cdr SET dst = ? WHERE rowid = ?').run(dst, rowid);
    const words = async () => (await watch.poll()).map(({ dst }) => dst);
    for (let again = 0; again < 2; again += 1) {
      set('777', 1);
      expect(await words()).toEqual(['777']);
      set('102', 1);
      expect(await words()).toEqual(['102']);
      set('777', 2);
      expect(await words()).toEqual(['777', '102']);
      set('102', 2);
      expect(await words()).toEqual(['102', '102']);
    }
    expect(await words()).toEqual([]);
  });

  it('forgets no row that a look which was cut did not come to', async () => {
    const pbx = pbxFile(freepbxSchema);
    pbx.add(...range(1, 9).map((n) => record(n)));
    let isCut = false;
    const cut = () => void (isCut && pbx.db.exec('BEGIN EXCLUSIVE'));
    const watch = await watching(pbx, { config: { max_rows: 3 }, onEmit: cut });
    pbx.add(record(1));
    isCut = true;
    await watch.clock.turn();
    expect(watch.state()).toMatchObject({ state: 'down' });
    isCut = false;
    pbx.db.exec('COMMIT');
    expect(times(await watch.poll())).toEqual([]);
    expect(watch.state()).toEqual({ state: 'up' });
  });

  it('hands over again what comes back into a table that was emptied', async () => {
    const pbx = pbxFile(freepbxSchema);
    const rows = range(1, 9).map((n) => record(n));
    pbx.add(...rows);
    const watch = await watching(pbx);
    pbx.db.exec('DELETE FROM cdr');
    expect(await watch.poll()).toEqual([]);
    pbx.add(...rows.slice(0, 5), record(20));
    expect(times(await watch.poll())).toEqual([...range(1, 5), 20].map(at));
    expect(await watch.poll()).toEqual([]);
  });

  it('says once when the newest row it knew is gone, while it ran and over a restart, and not of others', async () => {
    const goneIn = (of: Watch) =>
      warnings(of).filter((text) => text.startsWith('the newest row read before is not there'));
    const pbx = pbxFile(freepbxSchema);
    pbx.add(...range(1, 9).map((n) => record(n)));
    const watch = await watching(pbx);
    pbx.db.exec(`DELETE FROM cdr WHERE calldate < '${at(5)}'`);
    expect(await watch.poll()).toEqual([]);
    expect(goneIn(watch)).toEqual([]);
    pbx.db.exec('DELETE FROM cdr');
    await watch.poll();
    await watch.poll();
    expect(goneIn(watch)).toHaveLength(1);
    pbx.add(record(10));
    expect(times(await watch.poll())).toEqual([at(10)]);
    await watch.stop();
    pbx.db.exec('DELETE FROM cdr');
    pbx.add(record(11));
    const second = await watching(pbx, { cursor: watch.cursor });
    expect(times(second.take())).toEqual([at(11)]);
    expect(goneIn(second)).toHaveLength(1);
    await second.poll();
    expect(goneIn(second)).toHaveLength(1);
  });

  it.each([
    ['in the far east becomes UTC', 'Australia/Sydney', 'UTC', -11],
    ['in the west becomes UTC', 'America/New_York', 'UTC', 5],
    ['that was UTC is local again', 'UTC', 'America/New_York', -5],
  ])('misses nothing when the clock of its times %s, and reads its history again', async (_, before, after, hours) => {
    const pbx = pbxFile(freepbxSchema);
    const noon = 9 * 3600;
    pbx.add(...range(1, 40).map((n) => record(noon + n * 600)));
    const config = { overlap_seconds: 600, backfill: { above_rows: 30, rows_per_second: 1 } };
    const first = await watching(pbx, { config, timezone: before });
    await first.stop();
    pbx.db.exec(`UPDATE cdr SET calldate = datetime(calldate, '${hours} hours')`);
    pbx.add(record(noon + 41 * 600 + hours * 3600));
    const second = await watching(pbx, { config, timezone: after, cursor: first.cursor });
    expect(times(second.take())).toContain(at(noon + 41 * 600 + hours * 3600));
    const { from, clock } = JSON.parse(second.cursor!) as { from: string; clock: string };
    expect(clock).toBe(after === 'UTC' ? 'UTC' : 'wall');
    expect(from > (JSON.parse(first.cursor!) as { from: string }).from).toBe(true);
    expect(second.log.map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/^calldate tells times by another clock now/),
    );
    expect(warnings(second)).not.toContainEqual(expect.stringMatching(/^the newest row/));
    await second.stop();
    const third = await watching(pbx, { config, timezone: after, cursor: second.cursor });
    expect(JSON.parse(third.cursor!)).toEqual(JSON.parse(second.cursor!));
  });

  it('goes on where it was when another zone is configured for the same times', async () => {
    const pbx = pbxFile(freepbxSchema);
    pbx.add(...range(1, 9).map((n) => record(n * 100)));
    const config = { overlap_seconds: 100 };
    const first = await watching(pbx, { config, timezone: 'Europe/London' });
    await first.stop();
    const second = await watching(pbx, { config, timezone: 'Europe/Berlin', cursor: first.cursor });
    expect(times(second.take())).toEqual([at(800), at(900)]);
  });

  it('finds a long call that ends late with an old start, within overlap_seconds and not below', async () => {
    const pbx = pbxFile(freepbxSchema);
    pbx.add(record(20_000));
    const watch = await watching(pbx, { config: { overlap_seconds: 10_800 } });
    pbx.add(record(20_000 - 10_800), record(20_000 - 10_801));
    expect(times(await watch.poll())).toEqual([at(20_000 - 10_800)]);
  });

  it('reads the far overlap less often when that is dear, and the near one always', async () => {
    const pbx = pbxFile(freepbxSchema);
    pbx.add(record(20_000));
    const watch = await watching(pbx, {
      config: { poll_seconds: 5 },
      // The first sweep takes ten seconds, so the next is due after a hundred.
      onEmit: (_batch, self) => void (self.batches.length === 0 && (self.clock.ms += 10_000)),
    });
    pbx.add(record(20_000 - 10_000), record(20_000 - 800));
    expect(times(await watch.poll())).toEqual([at(20_000 - 800)]);
    const found: unknown[] = [];
    for (let polls = 0; polls < 18; polls += 1) found.push(...times(await watch.poll()));
    expect(found).toEqual([]);
    expect(times(await watch.poll())).toEqual([at(20_000 - 10_000)]);
  });

  it('hands over a changed row, and rows equal in everything as often as they are there', async () => {
    const pbx = pbxFile(freepbxSchema);
    const twin = { calldate: at(5), uniqueid: 'twin', sequence: null };
    pbx.add(record(1), twin, record(9));
    const watch = await watching(pbx);
    watch.take();
    pbx.add(twin);
    expect(times(await watch.poll())).toEqual([at(5), at(5)]);
    expect(await watch.poll()).toEqual([]);
    pbx.db.exec(`UPDATE cdr SET userfield = 'late' WHERE calldate = '${at(1)}'`);
    expect(await watch.poll()).toMatchObject([{ calldate: at(1), userfield: 'late' }]);
  });

  it('gives rows that only a shared batch tells apart together, though one is known', async () => {
    const pbx = pbxFile(freepbxSchema);
    pbx.add({ calldate: at(5), uniqueid: 'fork', userfield: 'a' }, record(5));
    const watch = await watching(pbx);
    pbx.add({ calldate: at(5), uniqueid: 'fork', userfield: 'b' });
    expect((await watch.poll()).map(({ userfield }) => userfield)).toEqual(['a', 'b']);
  });

  it('goes on from the cursor after a restart, with the overlap once more', async () => {
    const pbx = pbxFile(freepbxSchema);
    pbx.add(...range(1, 50).map((n) => record(n)));
    const first = await watching(pbx);
    await first.stop();
    const second = await watching(pbx, { cursor: first.cursor, config: { overlap_seconds: 3 } });
    expect(times(second.take())).toEqual([47, 48, 49, 50].map(at));
    expect(await second.poll()).toEqual([]);
  });

  it('is not led astray by a record from the future: its time moves no cursor', async () => {
    const pbx = pbxFile(freepbxSchema);
    pbx.add(record(1), record(2, { calldate: '2089-01-01 00:00:00' }));
    const watch = await watching(pbx, { config: { overlap_seconds: 60 } });
    expect(watch.take()).toHaveLength(2);
    pbx.add(record(2));
    expect(times(await watch.poll())).toEqual([at(2)]);
    expect(await watch.poll()).toEqual([]);
  });

  it('hands over rows whose time is none, and goes on', async () => {
    const pbx = pbxFile(freepbxSchema);
    pbx.add(record(1, { calldate: '' }), record(1, { calldate: 'zzz' }), record(3));
    const watch = await watching(pbx, { config: { max_rows: 1 } });
    expect(times(watch.take())).toEqual(['', at(3), 'zzz']);
    expect(await watch.poll()).toEqual([]);
    expect(JSON.parse(watch.cursor!)).toMatchObject({ time: at(3) });
  });

  it('reads epoch seconds as well, as numbers and as text', async () => {
    for (const type of ['INTEGER', 'TEXT', 'REAL']) {
      const pbx = pbxFile(`CREATE TABLE cdr (start ${type}, uniqueid TEXT, sequence INT)`);
      const start = 1795317329;
      pbx.add(...[0, 100, 200].map((n) => ({ start: start + n, uniqueid: `${n}`, sequence: n })));
      const watch = await watching(pbx, { config: { overlap_seconds: 100 } });
      expect(watch.take()).toHaveLength(3);
      pbx.add(
        { start: start + 99, uniqueid: 'too old', sequence: 8 },
        { start: start + 100, uniqueid: 'late', sequence: 9 },
      );
      expect((await watch.poll()).map(({ uniqueid }) => uniqueid)).toEqual(['late']);
      await watch.stop();
    }
  });

  it('works on the schema of Asterisk itself, and says which index is missing', async () => {
    const pbx = pbxFile(asteriskSchema);
    pbx.add({ start: at(1), uniqueid: '1.1', sequence: 0 });
    const watch = await watching(pbx);
    expect(watch.take()).toHaveLength(1);
    expect(warnings(watch)).toEqual([
      'no index on start: every look scans the whole table; run: CREATE INDEX "cdr_start" ON "cdr" ("start");',
    ]);
  });

  it('read through a view says which table needs the index, and nothing once that has it', async () => {
    const view = 'CREATE VIEW calls AS SELECT start AS calldate, uniqueid, sequence, duration, disposition FROM cdr';
    const pbx = pbxFile(`${asteriskSchema}; ${view}`);
    pbx.add({ start: at(1), uniqueid: '1.1', sequence: 0, duration: 1, disposition: 'ANSWERED' });
    const first = await watching(pbx, { config: { name: 'calls' } });
    expect(first.take()).toHaveLength(1);
    const explained = expect.stringContaining('(EXPLAIN), for want of an index on calldate') as string;
    expect(warnings(first)).toEqual([
      'no index on calldate: every look scans the whole table behind the view "calls"; run: CREATE INDEX "cdr_start" ON cdr ("start");',
      explained,
    ]);
    await first.stop();
    pbx.db.exec('CREATE INDEX "cdr_start" ON cdr ("start")');
    const second = await watching(pbx, { config: { name: 'calls' } });
    expect(second.take()).toHaveLength(1);
    expect(warnings(second)).toEqual([]);
  });

  it('says that min_id has no effect', async () => {
    const pbx = pbxFile(freepbxSchema);
    const watch = await watching(pbx, { config: { min_id: 7 } });
    expect(warnings(watch)).toContain('min_id has no effect: the table has no id column');
  });

  it('reads from the beginning when the table got an id column, and says so', async () => {
    const pbx = pbxFile(`${freepbxSchema}; CREATE INDEX byTime ON cdr (calldate)`);
    pbx.add(record(1), record(2));
    const first = await watching(pbx);
    await first.stop();
    pbx.db.exec(`ALTER TABLE cdr RENAME TO old; CREATE TABLE cdr (id INTEGER PRIMARY KEY, calldate TEXT,
        sequence INT, uniqueid TEXT, duration INT, disposition TEXT);
      INSERT INTO cdr (calldate, sequence, uniqueid, duration, disposition)
        SELECT calldate, sequence, uniqueid, duration, disposition FROM old`);
    const second = await watching(pbx, { cursor: first.cursor, config: { overlap_rows: 0 } });
    expect(second.take().map(({ id }) => id)).toEqual([1, 2]);
    expect(warnings(second)).toEqual(['the table was read by calldate until now, reading it by id from the beginning']);
  });
});
