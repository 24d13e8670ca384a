import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../src/ingest/source.ts';
import { BackfillSource } from '../../../src/sources/table/backfill.ts';
import { siteOf } from '../../../src/sources/table/site.ts';
import { silent } from '../../support/store.ts';
import { until } from '../../support/until.ts';
import { at, bareSchema, customSchema, freepbxSchema, pbxFile, type Pbx } from './files.ts';
import { openTableHouse, type HouseOptions, type TableHouse } from './house.ts';
import { configOf } from './watch.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const call = { duration: 5, billsec: 4, disposition: 'ANSWERED' };

function fill(pbx: Pbx, from: number, to: number, more: (n: number) => object = () => ({})): void {
  pbx.db.exec('BEGIN');
  pbx.add(...range(from, to).map((n) => ({ calldate: at(n), uniqueid: `${n}.1`, sequence: n, ...call, ...more(n) })));
  pbx.db.exec('COMMIT');
}

const small = { above_rows: 20, rows_per_second: 100_000 };
const config = { overlap_rows: 10, overlap_seconds: 10, max_rows: 150, backfill: small };

async function opened(pbx: Pbx, more: Omit<HouseOptions, 'url'> = {}): Promise<TableHouse> {
  return openTableHouse({ url: pbx.url, ...more, config: { ...config, ...more.config } });
}

const sequences = async (house: TableHouse): Promise<number[]> =>
  (await house.cdrs()).map(({ sequence }) => sequence!).sort((a, b) => a - b);

describe.each([
  ['by id', customSchema],
  ['by time', freepbxSchema],
])('the history of a large table, %s,', (_name, schema) => {
  it('is read behind the newest rows, downwards, each row once', async () => {
    const pbx = pbxFile(schema);
    fill(pbx, 1, 1000);
    const house = await opened(pbx);
    await house.filled();
    const sequences = (await house.cdrs()).map(({ sequence }) => sequence);
    expect(sequences.slice(0, 11)).toEqual(range(990, 1000));
    expect(sequences.slice(11)).toEqual(range(1, 989).reverse());
    expect(house.report('table')).toMatchObject({ received: 11, stored: 11 });
    expect(house.report('backfill')).toMatchObject({ received: 989, stored: 989, lagSeconds: null, state: 'idle' });
    expect(house.chores.backfill.report()).toMatchObject({ rows: 989, total: 989, state: 'done', secondsLeft: null });
  });

  it('is resumed after a stop where it was, beside calls that end meanwhile', async () => {
    const pbx = pbxFile(schema);
    fill(pbx, 1, 3000);
    const first = await opened(pbx);
    await until(() => first.chores.backfill.report().rows >= 500, 'some history');
    const { rows } = first.chores.backfill.report();
    await first.stop();
    fill(pbx, 3001, 3100);
    const second = await opened(pbx, { folder: first.folder });
    await second.filled();
    expect(rows).toBeLessThan(2900);
    expect((await second.cdrs()).map(({ sequence }) => sequence!).sort((a, b) => a - b)).toEqual(range(1, 3100));
    expect(second.report('backfill')).toMatchObject({ received: 2989, stored: 2989 });
  });

  it('pauses and goes on when asked, and stays paused over a restart', async () => {
    const pbx = pbxFile(schema);
    fill(pbx, 1, 2000);
    const slow = { backfill: { above_rows: 20, rows_per_second: 200 } };
    const first = await opened(pbx, { config: slow });
    await until(() => first.chores.backfill.report().rows >= 100, 'some history');
    expect(first.report('backfill').progress!.rows).toBeGreaterThanOrEqual(100);
    first.chores.backfill.ask({ action: 'pause' });
    await until(() => first.report('backfill').state === 'idle', 'the pause');
    const { rows } = first.chores.backfill.report();
    await first.stop();
    const second = await opened(pbx, { config: slow, folder: first.folder });
    await until(() => second.report('table').received > 0, 'a look');
    // What there is in all is told at once, before the table was asked for it.
    const total = expect.closeTo(1989, -2) as number;
    expect(second.chores.backfill.report()).toMatchObject({ state: 'paused', rows, total, rate: 0, secondsLeft: null });
    second.chores.backfill.ask({ action: 'resume', rowsPerSecond: 100_000 });
    await second.filled();
    expect(await second.cdrs()).toHaveLength(2000);
  });

  it('ends where it was told to, and goes further when told so later', async () => {
    const pbx = pbxFile(schema);
    fill(pbx, 1, 3000);
    const slow = { backfill: { above_rows: 20, rows_per_second: 1 } };
    const house = await opened(pbx, { config: slow });
    const { backfill } = house.chores;
    await until(() => backfill.report().state === 'running', 'its beginning');
    backfill.ask({ from: at(2500), rowsPerSecond: 100_000 });
    await house.filled();
    expect(await sequences(house)).toEqual(range(2500, 3000));
    expect(backfill.report()).toMatchObject({
      rows: 490,
      detail: `done: read back to ${at(2500).replace(' ', 'T')}Z; what began earlier was not asked for`,
    });
    backfill.ask({ from: '2020-01-01' });
    await until(() => backfill.report().state !== 'done', 'more to do');
    await house.filled();
    expect(await sequences(house)).toEqual(range(1, 3000));
  });
});

describe('the history of a large table', () => {
  it('keeps two rows that agree in everything two, over the edge of a batch', async () => {
    for (const [schema, names] of [
      [bareSchema, false],
      [freepbxSchema, true],
    ] as const) {
      const pbx = pbxFile(schema);
      const bare = (n: number) => ({
        ...(names ? { sequence: null } : {}),
        calldate: at(n),
        uniqueid: `${n}.1`,
        ...call,
      });
      pbx.db.exec('BEGIN');
      // Downwards from 600: batches end between 500 and 499, and so on; every row has a twin.
      pbx.add(...range(1, 300).flatMap((n) => [bare(n), bare(n)]));
      pbx.db.exec('COMMIT');
      const house = await opened(pbx, { config: { overlap_rows: 7, max_rows: 33 } });
      await house.filled();
      expect(await house.cdrs()).toHaveLength(600);
    }
  });

  it('has by id what began since the date asked for, wherever it stands, and what was left out when asked for it', async () => {
    const pbx = pbxFile(customSchema);
    // Every third row was put in by hand long after its call.
    const start = (n: number) => at(n % 3 === 0 ? n - 1200 : n);
    // Ids that look like epochs say nothing of the clock of the table.
    fill(pbx, 1201, 4000, (n) => ({ AcctId: 1_700_000_000 + n, calldate: start(n) }));
    const slow = { backfill: { above_rows: 20, rows_per_second: 1 } };
    const house = await opened(pbx, { config: slow, timezone: 'America/New_York' });
    const { backfill } = house.chores;
    await until(() => backfill.report().rows === 50, 'what is read before somebody asks');
    const since = (time: string) => range(1201, 4000).filter((n) => n > 3939 || start(n) >= time);
    for (const n of [3500, 2600]) {
      backfill.ask({ from: at(n), rowsPerSecond: 100_000 });
      await until(() => backfill.report().state !== 'done', 'more to do');
      await house.filled();
      expect(await sequences(house)).toEqual(since(at(n)));
    }
    backfill.ask({ from: at(1) });
    await until(() => backfill.report().state !== 'done', 'more to do');
    await house.filled();
    expect(await sequences(house)).toEqual(range(1201, 4000));
  });

  it('is not read below min_id', async () => {
    const pbx = pbxFile(customSchema);
    fill(pbx, 1, 1000);
    const house = await opened(pbx, { config: { min_id: 700 } });
    await house.filled();
    expect((await house.cdrs()).map(({ sequence }) => sequence!).sort((a, b) => a - b)).toEqual(range(700, 1000));
  });

  it('is begun anew when another large table takes its place', async () => {
    const pbx = pbxFile(customSchema);
    fill(pbx, 1, 2000);
    const house = await opened(pbx, { config: { backfill: { above_rows: 20, rows_per_second: 1000 } } });
    await until(() => house.chores.backfill.report().rows > 0, 'some history');
    pbx.db.exec('DELETE FROM cdr');
    fill(pbx, 1, 500, (n) => ({ uniqueid: `new.${n}` }));
    house.chores.backfill.ask({ rowsPerSecond: 100_000 });
    await until(() => house.chores.backfill.report().rows === 489, 'the history of the other table');
    await house.filled();
    const others = (await house.cdrs()).filter(({ uniqueid }) => uniqueid.startsWith('new.'));
    expect(others).toHaveLength(500);
  });

  it('is none for a small table and for a store that had read it from its beginning', async () => {
    const pbx = pbxFile(customSchema);
    fill(pbx, 1, 20);
    const first = await opened(pbx);
    await until(async () => (await first.cdrs()).length === 20, 'all rows');
    expect(first.chores.backfill.report()).toMatchObject({ state: 'none', rows: 0 });
    await first.stop();
    fill(pbx, 21, 60);
    const second = await opened(pbx, { folder: first.folder });
    await until(async () => (await second.cdrs()).length === 60, 'the new rows');
    expect(second.chores.backfill.report()).toMatchObject({ state: 'none', rows: 0 });
    expect(second.report('backfill')).toBeUndefined();
  });

  it('says what is wrong with a date', async () => {
    const house = await opened(pbxFile(customSchema));
    expect(() => house.chores.backfill.ask({ from: 'tomorrow' })).toThrow(
      'from: "tomorrow" is not a date, expected 2026-11-22, 2026-11-22 03:15 or RFC 3339',
    );
  });

  it('goes no faster than rows_per_second', async () => {
    const pbx = pbxFile(customSchema);
    fill(pbx, 1, 1050);
    let now = 0;
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        now += ms;
      },
    };
    const site = siteOf({
      ...{ system: 'pbx1', timezone: 'UTC', log: silent, clock },
      config: configOf(pbx.url, { backfill: { above_rows: 0, rows_per_second: 50 } }),
    });
    const floor = { by: 'id', column: 'acctid', from: '1051', epoch: 0 } as const;
    const backfill = new BackfillSource(site, { floor, epoch: 0 });
    const sizes: number[] = [];
    const stopper = new AbortController();
    let tookMs = 0;
    await backfill.run({
      cursor: null,
      signal: stopper.signal,
      status: ({ state }) => {
        if (state !== 'idle') return;
        tookMs = now;
        stopper.abort();
      },
      weigh: async () => [],
      emit: async ({ rows }: Batch) => void sizes.push(rows.length),
    });
    expect(Math.max(...sizes)).toBe(50);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1050);
    // The last batch is not waited for.
    expect(tookMs).toBeGreaterThanOrEqual(20_000);
  });
});
