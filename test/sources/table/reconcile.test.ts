import { describe, expect, it } from 'vitest';
import type { StoredCdr } from '../../../src/cdr/cdr.ts';
import type { ReconcileAsk } from '../../../src/ingest/chores.ts';
import type { Reconcile } from '../../../src/store/reconciles.ts';
import { appendTo } from '../../support/store.ts';
import { someCdr } from '../../support/rows.ts';
import { until } from '../../support/until.ts';
import { customSchema, freepbxSchema, pbxFile, type Pbx } from './files.ts';
import { openTableHouse, type HouseOptions, type TableHouse } from './house.ts';

const hourAgo = Math.floor(Date.now() / 1000) - 3600;
const daySeconds = 86_400;
/** Days in UTC from a week before then until now: 8, and 9 in the first hour of a day. */
const week = () => Math.floor(Date.now() / 1000 / daySeconds) - Math.floor(hourAgo / daySeconds) + 8;
const text = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
const indexed = `${freepbxSchema}; CREATE INDEX cdr_calldate ON cdr (calldate)`;

/** Five days of calls, one an hour, the newest an hour ago. */
function fill(pbx: Pbx, hours = 5 * 24): void {
  pbx.db.exec('BEGIN');
  for (let n = hours; n > 0; n -= 1) {
    const call = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '101', dst: '102' };
    pbx.add({ calldate: text(hourAgo - n * 3600), uniqueid: `${n}.1`, sequence: n, ...call });
  }
  pbx.db.exec('COMMIT');
}

async function opened(pbx: Pbx, more: Partial<HouseOptions> = {}): Promise<TableHouse> {
  const config = { overlap_rows: 3, overlap_seconds: 7200, max_rows: 40, ...more.config };
  const house = await openTableHouse({ url: pbx.url, ...more, config });
  const { rows } = pbx.db.prepare('SELECT COUNT(*) AS rows FROM cdr').get() as { rows: number };
  await until(() => house.report('table').received >= rows, 'all rows');
  return house;
}

/** What the overlap of the live reading does not reach any more: rows 100 hours ago and older. */
const reconcile = (house: TableHouse, ask: ReconcileAsk = {}): Promise<Reconcile> =>
  house.chores.reconcile.start({ from: text(hourAgo - 6 * daySeconds), ...ask });

const of = (report: Reconcile) => ({
  ...{ read: report.read, missing: report.missing, changed: report.changed, gone: report.gone },
});

describe.each([
  ['an id column', customSchema],
  ['neither id nor index', freepbxSchema],
  ['an index on the time column', indexed],
])('a reconcile of a table with %s', (_name, schema) => {
  it('finds nothing to do where nothing is wrong', async () => {
    const pbx = pbxFile(schema);
    fill(pbx);
    const house = await opened(pbx);
    const head = await house.store.head();
    const report = await reconcile(house);
    expect({ state: report.state, ...of(report) }).toEqual({
      state: 'done',
      read: 120,
      missing: 0,
      changed: 0,
      gone: 0,
    });
    expect(report.days.reduce((sum, { shown }) => sum + shown, 0)).toBe(120);
    for (const { counted, read, stored } of report.days) {
      expect(stored).toBe(read);
      expect(counted).toBe(schema === indexed ? read : null);
    }
    expect(await house.store.head()).toBe(head);
    expect(house.report('reconcile')).toMatchObject({ received: 120, stored: 0, duplicate: 120, state: 'idle' });
  });

  it('calls no row missing that the live reading had no time to come to, and brings it', async () => {
    const pbx = pbxFile(schema);
    // The last page is not full: the first look ends with it.
    fill(pbx, 119);
    const house = await opened(pbx, { config: { poll_seconds: 600 } });
    const now = Math.floor(Date.now() / 1000);
    const call = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '101', dst: '102' };
    pbx.add({ ...call, calldate: text(now - 1800), uniqueid: 'late.1', sequence: 1001 });
    pbx.add({ ...call, calldate: text(now - 1790), duration: 1780, uniqueid: 'fresh.1', sequence: 1002 });
    expect(of(await reconcile(house, { isDryRun: true }))).toMatchObject({ read: 121, missing: 1 });
    expect(of(await reconcile(house))).toMatchObject({ read: 121, missing: 1 });
    expect((await house.cdrs()).map(({ sequence }) => sequence)).toEqual(expect.arrayContaining([1001, 1002]));
  });

  it('calls nothing missing that was written while cdrd was down and is being read at its start', async () => {
    const pbx = pbxFile(schema);
    fill(pbx, 20);
    const first = await opened(pbx);
    await first.stop();
    const call = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '101', dst: '102' };
    for (let n = 1; n <= 90; n += 1)
      pbx.add({ ...call, calldate: text(hourAgo + n), uniqueid: `${n}.9`, sequence: 100 + n });
    const house = await openTableHouse({ url: pbx.url, folder: first.folder, config: { max_rows: 10 } });
    const report = await reconcile(house);
    expect({ ...of(report), detail: report.detail }).toEqual({
      read: 110,
      missing: 0,
      changed: 0,
      gone: 0,
      detail: null,
    });
    expect(await house.cdrs()).toHaveLength(110);
  });

  it('brings what is missing, follows what was changed and reports what is gone, also where the counts agree', async () => {
    const pbx = pbxFile(schema);
    fill(pbx);
    const house = await opened(pbx);
    const before = await house.cdrs();
    const idOf = (sequence: number) => before.find((cdr) => cdr.sequence === sequence)!.id;
    // One by hand with an old date, one changed, one gone: as many rows a day as before.
    const gone = pbx.db.prepare("SELECT * FROM cdr WHERE uniqueid = '110.1'").get() as Record<string, unknown>;
    pbx.db.exec(`UPDATE cdr SET dst = '999' WHERE uniqueid = '100.1'; DELETE FROM cdr WHERE uniqueid = '110.1'`);
    const rest = Object.fromEntries(Object.entries(gone).filter(([name]) => name !== 'AcctId'));
    // Below what the live reading looks at: the id of the row that went.
    const own = schema === customSchema ? { AcctId: gone['AcctId'] } : {};
    pbx.add({ ...rest, ...own, uniqueid: 'by.hand', sequence: 777 });
    const trial = await reconcile(house, { isDryRun: true });
    expect({ ...of(trial), dry: trial.isDryRun }).toEqual({ read: 120, missing: 1, changed: 1, gone: 1, dry: true });
    expect(trial.examples).toEqual({ missing: [], changed: [idOf(100)], gone: [idOf(110)] });
    expect(await house.cdrs()).toEqual(before);
    expect(house.chores.reconcile.summary()).toEqual({ system: 'pbx1', healed: 0, last: null });
    const report = await reconcile(house);
    expect(of(report)).toEqual({ read: 120, missing: 1, changed: 1, gone: 1 });
    expect(house.chores.reconcile.summary()).toEqual({ system: 'pbx1', healed: 2, last: report });
    const day = report.days.find(({ gone: count }) => count === 1)!;
    expect(day).toMatchObject({ missing: 1, gone: 1 });
    expect(day.read).toBe(day.shown);
    const after = await house.cdrs();
    expect(after).toHaveLength(121);
    expect(after.at(-1)).toMatchObject({ uniqueid: 'by.hand', id: report.examples.missing[0] });
    expect(after.find(({ id }) => id === idOf(100))).toMatchObject({ dst: '999', sequence: 100 });
    const changes = await house.store.changes(before.length, Number.MAX_SAFE_INTEGER, 10);
    expect(changes.map(({ op }) => op).sort()).toEqual(['created', 'updated']);
    expect(of(await reconcile(house))).toEqual({ read: 120, missing: 0, changed: 0, gone: 1 });
    expect((await house.store.reconciles(Number.MAX_SAFE_INTEGER, 10)).map(({ id }) => id)).toEqual([3, 2, 1]);
    const byHand = house.chores.reconcile.latest();
    expect(byHand).toMatchObject({ id: 3, isDryRun: false, gone: 1 });
    await reconcile(house, { isDryRun: true });
    expect(house.chores.reconcile.latest()).toEqual(byHand);
    await house.stop();
    const next = await openTableHouse({ url: pbx.url, folder: house.folder });
    await next.chores.reconcile.remember();
    expect(next.chores.reconcile.latest()).toEqual(byHand);
    expect(next.chores.reconcile.summary()).toMatchObject({ healed: 0, last: { id: 3, missing: 0, gone: 1 } });
  });

  it('tells what is gone also where AMI has told it too, and not what AMI tells at another time', async () => {
    const pbx = pbxFile(schema);
    fill(pbx);
    const house = await opened(pbx);
    const known = await house.cdrs();
    const told = known.filter(({ sequence }) => sequence! % 10 === 0);
    await appendTo(house.store, 'pbx1/ami', told, { now: 1 });
    const shifted = known.filter(({ sequence }) => sequence! % 10 === 5);
    const hours = (cdr: StoredCdr) => ({ ...cdr, start: cdr.start - 5 * 3600e6, timeOrigin: 'epoch' as const });
    await appendTo(house.store, 'pbx1/ami', shifted.map(hours), { now: 1 });
    expect(await house.cdrs()).toHaveLength(120);
    expect(of(await reconcile(house))).toMatchObject({ read: 120, missing: 0, gone: 0 });
    pbx.db.exec("DELETE FROM cdr WHERE uniqueid IN ('110.1', '105.1')");
    const ids = known.filter(({ sequence }) => [110, 105].includes(sequence!)).map(({ id }) => id);
    const report = await reconcile(house);
    expect({ ...of(report), examples: report.examples.gone.toSorted() }).toMatchObject({
      ...{ read: 118, missing: 0, gone: 2, examples: ids.toSorted() },
    });
    expect(await house.cdrs()).toHaveLength(120);
    expect(await reconcile(house, { isDryRun: true })).toMatchObject({ gone: 2 });
  });

  it('tells what is gone also when the table was emptied and fills anew, and blames no zone for it', async () => {
    const pbx = pbxFile(schema);
    fill(pbx);
    const house = await opened(pbx);
    await appendTo(house.store, 'pbx1/ami', (await house.cdrs()).slice(0, 20), { now: 1 });
    const left = pbx.db.prepare("SELECT * FROM cdr WHERE uniqueid IN ('3.1', '2.1', '119.1')").all();
    pbx.db.exec('DELETE FROM cdr');
    for (const row of left) {
      const fields = Object.entries(row as Record<string, unknown>).filter(([name]) => name !== 'AcctId');
      pbx.add(Object.fromEntries(fields));
    }
    const { received } = house.report('table');
    const epochs = schema === customSchema ? 3 : 0;
    await until(() => house.report('table').received >= received + epochs, 'the new table');
    const report = await reconcile(house);
    expect({ ...of(report), detail: report.detail }).toEqual({
      read: 3,
      missing: 0,
      changed: 0,
      gone: 117,
      detail: null,
    });
    expect(await house.cdrs()).toHaveLength(120);
  });

  it('says nothing is gone of a table that bears no uniqueids any more', async () => {
    const pbx = pbxFile(schema);
    fill(pbx, 5);
    const house = await opened(pbx);
    pbx.db.exec('ALTER TABLE cdr DROP COLUMN uniqueid');
    await until(() => house.report('table').detail !== null, 'the column to be missed');
    expect(await reconcile(house)).toMatchObject({ state: 'done', read: 5, rejected: 5, gone: 0 });
  });

  it('looks at the window it was given and nowhere else', async () => {
    const pbx = pbxFile(schema);
    fill(pbx);
    const house = await opened(pbx);
    const window = { from: text(hourAgo - 50 * 3600), to: text(hourAgo - 40 * 3600) };
    const report = await reconcile(house, window);
    expect(of(report)).toEqual({ read: 10, missing: 0, changed: 0, gone: 0 });
    expect(report.days.reduce((sum, { stored }) => sum + stored, 0)).toBe(10);
  });
});

describe('a reconcile', () => {
  it('counts records that the table has never shown, and leaves them', async () => {
    const pbx = pbxFile(customSchema);
    fill(pbx, 5);
    const house = await opened(pbx);
    await appendTo(house.store, 'pbx1/ami', [someCdr(1, { start: (hourAgo - 7200) * 1e6 })], { now: 1 });
    expect(await reconcile(house)).toMatchObject({ read: 5, missing: 0, gone: 0, unseen: 1 });
    expect(await house.cdrs()).toHaveLength(6);
  });

  it('does not bring back what retention has taken', async () => {
    const pbx = pbxFile(customSchema);
    fill(pbx, 20);
    const house = await opened(pbx);
    await house.store.expire([1, 2], Date.now() * 1000);
    expect(await reconcile(house)).toMatchObject({ read: 20, missing: 0, expired: 2 });
    expect(await house.cdrs()).toHaveLength(18);
  });

  it.each([
    ['ids', customSchema],
    ['neither id nor index', freepbxSchema],
  ])(
    'of a table with %s misses nothing of what was anonymised, and brings none back, also changed',
    async (_, schema) => {
      const pbx = pbxFile(schema);
      const own = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '447700900123', sequence: null };
      const rows = [1, 2, 2, 3].map((n) => ({
        ...own,
        calldate: text(hourAgo - n),
        uniqueid: `${hourAgo - n}.${n}`,
        dst: '102',
      }));
      pbx.add(...rows);
      const house = await opened(pbx);
      await house.store.eraseNumbers({ numbers: ['447700900123'], after: 0, isDryRun: false, now: Date.now() * 1000 });
      pbx.db.exec(`UPDATE cdr SET duration = 9 WHERE uniqueid LIKE '%.3'`);
      pbx.add({ ...rows[0]!, billsec: 1, calldate: text(hourAgo), uniqueid: '4.4' });
      const report = await reconcile(house, { to: text(hourAgo + daySeconds) });
      const numbers = async () => (await house.cdrs()).map(({ src }) => src);
      await until(async () => (await numbers()).length === 5, 'the new row');
      expect(await numbers()).toEqual([...Array<string>(4).fill('000000000001'), '447700900123']);
      expect([report.gone, report.detail, report.expired]).toEqual([0, null, 4]);
      await house.stop();
    },
  );

  it('says why it cannot be, and is one at a time', async () => {
    const pbx = pbxFile(customSchema);
    fill(pbx, 5);
    const house = await opened(pbx);
    const { reconcile: reconciler } = house.chores;
    expect(() => reconciler.start({ from: 'x' })).toThrow('from: "x" is not a date');
    expect(() => reconciler.start({ from: '2026-01-02', to: '2026-01-01' })).toThrow('from: is not before "to"');
    expect(() => reconciler.start({ from: '1990-01-01' })).toThrow('from: the window is longer than 3660 days');
    const first = reconciler.start({});
    expect(() => reconciler.start({})).toThrow('a reconcile of pbx1 is running already');
    expect((await first).state).toBe('done');
  });

  it.each([
    ['neither id nor index', freepbxSchema],
    ['an index on the time column', indexed],
  ])(
    'finds rows of old dates in a table with %s when it counts older days, once, and says so',
    async (_name, schema) => {
      const pbx = pbxFile(schema);
      fill(pbx, 30 * 24);
      const house = await opened(pbx);
      const nightly = () => house.chores.reconcile.start({ from: text(hourAgo - 7 * daySeconds), older: true });
      const quiet = await nightly();
      expect({ missing: quiet.missing, days: quiet.days.length }).toEqual({ missing: 0, days: week() });
      const call = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '101', dst: '102' };
      for (const days of [12, 27]) {
        for (const n of [1, 2])
          pbx.add({ calldate: text(hourAgo - days * daySeconds), uniqueid: `old.${days}.${n}`, sequence: n, ...call });
      }
      expect((await reconcile(house, { from: text(hourAgo - 7 * daySeconds) })).missing).toBe(0);
      const found = await nightly();
      expect({ state: found.state, missing: found.missing, days: found.days.length }).toEqual({
        ...{ state: 'done', missing: 4, days: week() + 2 },
      });
      expect(found.days.filter(({ missing }) => missing > 0).map(({ day, missing }) => [day, missing])).toEqual(
        [12, 27].map((days) => [text(hourAgo - days * daySeconds).slice(0, 10), 2]),
      );
      expect((await house.cdrs()).filter(({ uniqueid }) => uniqueid.startsWith('old.'))).toHaveLength(4);
      // What it has counted outlasts the daemon, so nothing is compared again.
      await house.stop();
      const next = await openTableHouse({ url: pbx.url, folder: house.folder });
      const after = await next.chores.reconcile.start({ from: text(hourAgo - 7 * daySeconds), older: true });
      expect({ missing: after.missing, days: after.days.length }).toEqual({ missing: 0, days: week() });
    },
  );

  it('compares a day whose rows are no records once, not every night', async () => {
    const pbx = pbxFile(indexed);
    fill(pbx, 20 * 24);
    pbx.add({ calldate: text(hourAgo - 15 * daySeconds), uniqueid: 'bad.1', disposition: 'NONSENSE', duration: 1 });
    const house = await opened(pbx);
    const nightly = () => house.chores.reconcile.start({ from: text(hourAgo - 7 * daySeconds), older: true });
    expect((await nightly()).days).toHaveLength(week() + 1);
    expect((await nightly()).days).toHaveLength(week());
  });

  it('takes the days of a table in local time for what they are', async () => {
    const pbx = pbxFile(customSchema);
    // 23:30 and 00:30 in Kolkata, both on one day in UTC.
    for (const [n, time] of ['2026-11-20 23:30:00', '2026-11-21 00:30:00'].entries()) {
      pbx.add({ calldate: time, uniqueid: `${n}.1`, sequence: n, duration: 1, billsec: 1, disposition: 'ANSWERED' });
    }
    const house = await openTableHouse({ url: pbx.url, timezone: 'Asia/Kolkata' });
    await until(() => house.report('table').received === 2, 'both rows');
    const report = await reconcile(house, { from: '2026-11-20', to: '2026-11-22' });
    const days = report.days.map(({ day, read, stored }) => [day, read, stored]);
    expect(days).toEqual([
      ['2026-11-21', 1, 1],
      ['2026-11-20', 1, 1],
    ]);
  });
});

it('a table that a view has replaced is looked at anew before it is compared, and its ids become no values of records', async () => {
  const pbx = pbxFile(freepbxSchema.replace('(', '(nr INTEGER PRIMARY KEY, '));
  fill(pbx);
  const house = await opened(pbx);
  const head = await house.store.head();
  pbx.db.exec('ALTER TABLE cdr RENAME TO cdr_old; CREATE VIEW cdr AS SELECT * FROM cdr_old');
  const nothing = { read: 120, missing: 0, changed: 0, gone: 0 };
  expect(of(await reconcile(house))).toEqual(nothing);
  const cursor = async () => JSON.parse((await house.store.source('pbx1/table')).cursor!) as unknown;
  await until(async () => (await house.store.source('pbx1/table')).received >= 240, 'the rows of the view');
  expect(await cursor()).toMatchObject({ by: 'time', column: 'calldate', formerId: 'nr' });
  await house.stop();
  // What the cursor remembers holds for the next run, too.
  const next = await openTableHouse({ url: pbx.url, folder: house.folder });
  expect(of(await reconcile(next))).toEqual(nothing);
  expect((await next.cdrs()).filter(({ custom }) => 'nr' in custom)).toEqual([]);
  expect(await next.store.head()).toBe(head);
});

describe('rows that a table had while it could not be followed', () => {
  it.each([false, true])('are missing though the live reading brings them first (a dry run: %s)', async (isDryRun) => {
    const pbx = pbxFile(customSchema);
    fill(pbx, 119);
    const house = await opened(pbx, { config: { poll_seconds: 600 } });
    // It waits for the end of the first look: what that brings is nobody's loss.
    await reconcile(house, { isDryRun });
    pbx.db.exec('ALTER TABLE cdr RENAME TO cdr_old; CREATE TABLE cdr AS SELECT * FROM cdr_old');
    const now = Math.floor(Date.now() / 1000);
    const call = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '101', dst: '102' };
    pbx.add({ ...call, calldate: text(now - 1800), uniqueid: 'late.1', sequence: 1001 });
    pbx.add({ ...call, calldate: text(hourAgo - 72 * 3600), uniqueid: 'late.2', sequence: 1002 });
    pbx.add({ ...call, calldate: text(now - 1790), duration: 1780, uniqueid: 'fresh.1', sequence: 1003 });
    const report = await reconcile(house, { isDryRun });
    const detail = /^2 missing rows were brought by the live reading before the comparison began/;
    expect(report).toMatchObject({ read: 122, missing: 2, detail: expect.stringMatching(detail) as string });
    expect(report.days.reduce((sum, { stored }) => sum + stored, 0)).toBe(119);
    expect(report.examples.missing).toHaveLength(2);
    expect(await house.cdrs()).toHaveLength(122);
    expect(await reconcile(house, { isDryRun })).toMatchObject({ read: 122, missing: 0, detail: null });
  });
});

it('says of rejects whose rows were deleted that they are gone, and they count no more; not in a trial, not of rows that are there', async () => {
  const pbx = pbxFile(customSchema);
  fill(pbx, 20);
  const odd = (n: number) =>
    pbx.add({ calldate: text(hourAgo - n), uniqueid: `odd.${n}`, duration: 5, disposition: 'WHAT' });
  for (const n of [1, 2, 3]) odd(n);
  const house = await opened(pbx);
  const { id } = await house.store.source('pbx1/table');
  const counted = async () => (await house.store.firstSights([id], 0, Number.MAX_SAFE_INTEGER)).length;
  const gone = async () => (await house.store.rejects(9, { after: 0 })).map((reject) => reject.gone !== null);
  expect([await counted(), await gone()]).toEqual([3, [false, false, false]]);
  pbx.db.exec("DELETE FROM cdr WHERE uniqueid IN ('odd.1', 'odd.3')");
  await reconcile(house, { isDryRun: true });
  expect(await gone()).toEqual([false, false, false]);
  await reconcile(house);
  expect([await counted(), await gone()]).toEqual([1, [true, false, true]]);
});
