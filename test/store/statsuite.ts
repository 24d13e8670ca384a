// What any store must count of calls, whichever database is below it: what a look at every call finds, whatever was done to them.
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { callOf } from '../../src/cdr/call.ts';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { StatsClock } from '../../src/cdr/statsclock.ts';
import { scanReason, type StatsQuery } from '../../src/cdr/statsquery.ts';
import { addTo, countedOf, noSums, sumsOf, type Dimension, times as timeNames } from '../../src/cdr/stats.ts';
import { openAside } from '../../src/store/aside.ts';
import type { StatsAnswer } from '../../src/store/statscan.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { record } from '../cdr/conversation.ts';
import { cdrs, someCdr, tableRows } from '../support/rows.ts';
import { ann, appendTo, everything, recountAll, silent } from '../support/store.ts';
import { eachFresh } from './fresh.ts';

const minute = 60_000_000;
/** Spread over days, over a change of the clock, and joined to each other over companies. */
const world: Cdr[] = [
  ...cdrs(tableRows()),
  record('101-1 > 102-2 Dial 0 2 10'),
  record('102-3 > 103-4 Dial 4 6 10'),
  record('101-1 > 103-4 Dial 10 10 15', { dst: '102', lastdata: 'PJSIP/102,20' }),
  record('104-5 > 105-6 Dial 0 - 8'),
  record('101-10 > 102-11 Dial 20 22 330', { linkedid: 'one' }),
  record('101-10 > 103-12 Dial 330 330 435', { linkedid: 'two', custom: { company: 'gamma' } }),
  record('103-13 > 104-14 Dial 40 42 45', { linkedid: 'two' }),
  record('103-13 > 105-15 Dial 45 45 50', { linkedid: null, custom: { company: 'beta' } }),
  record('103-20 > 105-21 Dial 95 - 250', { custom: { company: 'beta', trunk: 'Telco' } }),
];

export const spanOf = (rows: readonly Cdr[]): Pick<StatsQuery, 'from' | 'until'> => {
  const day = 1440 * minute;
  const starts = rows.map(({ start }) => start);
  const [from, until] = [Math.min(...starts), Math.max(...starts)];
  return { from: Math.floor(from / day) * day - day, until: Math.ceil(until / day) * day + day };
};

/** `spoil` runs a statement on the database, as nobody should. */
export function statsSuite(
  name: string,
  freshUrl: () => Promise<string>,
  spoil: (url: string, sql: string) => Promise<void>,
): void {
  describe(`statistics on ${name}`, () => {
    const our = eachFresh(freshUrl);

    const scanned = async (of: Store, query: StatsQuery): Promise<StatsAnswer> => {
      const aside = await openAside(of.whereabouts);
      try {
        const scan = aside.scan(query);
        while (await scan.next());
        return scan.answer();
      } finally {
        aside.close();
      }
    };
    const counted = (of: Store, query: StatsQuery) => {
      const clock = new StatsClock(query.from, query.until, query.zone);
      expect(scanReason(query, clock)).toBe(null);
      return of.stats(query, clock);
    };
    const span = spanOf(world);
    const plain: StatsQuery = { by: [], ...span, zone: 'UTC', within: null };
    const autumn = { from: Date.UTC(2026, 8, 1) * 1000, until: Date.UTC(2026, 11, 1) * 1000 };
    const bys: Dimension[][] = [
      [],
      ['hour'],
      ['day', 'direction'],
      ['weekday', 'company'],
      ['company', 'outcome'],
      ['extension'],
      ['extension', 'day', 'company'],
      ['weekday', 'hour', 'extension'],
      ['extension', 'hour', 'direction', 'outcome'],
      ['trunk', 'outcome'],
      ['trunk', 'hour'],
      ['quarter'],
      ['day', 'hour', 'quarter', 'direction'],
    ];
    const asked: StatsQuery[] = [
      ...bys.flatMap((by) =>
        ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Kathmandu'].map((zone) => ({ ...plain, by, zone })),
      ),
      ...bys.map((by) => ({ ...plain, by, within: ['BETA'] })),
      ...bys.map((by) => ({ ...plain, by, company: 'acme' })),
      { ...plain, by: ['weekday', 'hour'], zone: 'America/St_Johns' },
      { ...plain, by: ['extension', 'day', 'hour'], zone: 'Europe/Berlin' },
      { ...plain, by: ['hour'], extension: '103' },
      { ...plain, by: ['day'], extension: '103', zone: 'Europe/Berlin' },
      { ...plain, by: ['direction'], outcome: 'answered' },
      { ...plain, by: ['day'], direction: 'internal', company: 'gamma' },
      { ...plain, by: ['day', 'hour'], within: ['acme', 'beta'], company: 'beta' },
      { ...plain, by: ['outcome'], from: span.from + 1440 * minute + 735 * minute },
      // Whole months of the clock.
      { ...plain, ...autumn, by: ['hour', 'extension'], zone: 'Asia/Kolkata' },
      { ...plain, ...autumn, by: ['hour', 'trunk', 'outcome'], company: 'acme' },
      { ...plain, ...autumn, by: ['weekday', 'hour', 'extension', 'direction'], zone: 'America/New_York' },
      { ...plain, ...autumn, by: ['hour', 'company'], zone: 'Australia/Lord_Howe' },
      { ...plain, ...autumn, by: ['weekday', 'hour'], extension: '103', zone: 'Pacific/Auckland' },
    ];
    /** All days that are over some days later. */
    const packAll = async (of: Store, until: number) => {
      let days = 0;
      while (await of.packDay(until + 4 * 1440 * minute)) days += 1;
      return days;
    };
    const expectTruth = async (of: Store) => {
      let calls = 0;
      for (const query of asked) {
        const [kept, looked] = [await counted(of, query), await scanned(of, query)];
        expect(kept, JSON.stringify(query)).toEqual(looked);
        calls += kept.total.calls;
      }
      for (const company of [null, 'acme', 'beta', 'gamma']) {
        const seen = (await callsAs(of, company)).map((call) => sumsOf(countedOf(callOf(call.cdrs))));
        const sums = { ...noSums };
        for (const one of seen) addTo(sums, one);
        expect((await counted(of, { ...plain, ...(company === null ? {} : { company }) })).total).toEqual(sums);
      }
      await expectRunning(of);
      return calls;
    };
    const expectRunning = async (of: Store) => {
      const { from, until } = spanOf([record('101-1 > 102-2 Dial 0 2 10')]);
      for (const company of [null, 'acme', 'beta', 'gamma']) {
        const begins = Array.from({ length: (until - from) / minute }, (_, at) => from + at * minute);
        const steps = await of.running(company, begins, until);
        const told = steps.flatMap(({ calls, peak }, at) => (calls + peak > 0 ? [[begins[at], calls, peak]] : []));
        const marks = new Map<number, number>();
        for (const { start, end } of await callsAs(of, company)) {
          for (let mark = Math.floor(start / minute) + 1; mark * minute <= end; mark++)
            marks.set(mark * minute, (marks.get(mark * minute) ?? 0) + 1);
        }
        const expected = [...marks].filter(([at]) => at >= from && at < until).sort(([a], [b]) => a - b);
        expect(told).toEqual(expected.map(([at, calls]) => [at, calls, calls]));
      }
    };
    const callsAs = async (of: Store, company: string | null) => {
      const ids = new Set<number>();
      for (const change of await of.allChanges(0, await of.head(), 100_000)) {
        for (const { id } of change.calls) ids.add(id);
      }
      const calls = await Promise.all([...ids].map((id) => of.call(id, company === null ? null : [company])));
      // Swallowed ids lead to the same call.
      return [...new Map(calls.filter((call) => call !== undefined).map((call) => [call.id, call])).values()];
    };

    it('equal a look at every call after any sequence of sights, edits, hiding and taking away', async () => {
      const step = fc.oneof(
        {
          weight: 4,
          arbitrary: fc.record({ do: fc.constant('append' as const), many: fc.integer({ min: 1, max: 15 }) }),
        },
        fc.record({ do: fc.constantFrom('hide' as const, 'expire' as const), at: fc.nat(), to: fc.constant(null) }),
        fc.record({ do: fc.constant('move' as const), at: fc.nat(), to: fc.constantFrom('acme', 'beta', null) }),
        { weight: 2, arbitrary: fc.constant({ do: 'pack' as const, at: 0, to: null }) },
        fc.record({ do: fc.constant('redial' as const), at: fc.nat(), to: fc.constantFrom('101', '109') }),
      );
      const rows = fc.shuffledSubarray([...world, ...world], { minLength: world.length });
      let sum = 0;
      await fc.assert(
        fc.asyncProperty(rows, fc.array(step, { minLength: 5, maxLength: 14 }), async (order, steps) => {
          const fresh = await openStore({ url: await freshUrl() }, silent);
          try {
            let taken = 0;
            for (const one of steps) {
              const ids = (await fresh.list(everything)).map(({ id }) => id);
              const by = {
                id: 'at' in one && ids.length > 0 ? ids[one.at % ids.length]! : 0,
                by: ann,
                now: 1,
                within: null,
              };
              if (one.do === 'append') {
                await appendTo(fresh, `pbx1/${taken % 2 ? 'ami' : 'api'}`, order.slice(taken, (taken += one.many)));
              } else if (one.do === 'pack') await packAll(fresh, span.until);
              else if (by.id === 0) continue;
              else if (one.do === 'hide') await fresh.hide(by);
              else if (one.do === 'expire') await fresh.expire([by.id], 1);
              else if (one.do === 'move') await fresh.edit(by, { company: one.to });
              else await fresh.edit(by, { extension: one.to });
            }
            sum += await expectTruth(fresh);
          } finally {
            await fresh.close();
          }
        }),
        { numRuns: 6 },
      );
      expect(sum).toBeGreaterThan(500);
    }, 120_000);

    it('follow a record that makes two calls one', async () => {
      const [one, joining, other] = [
        record('101-10 > 102-11 Dial 20 22 330', { linkedid: 'one' }),
        record('101-10 > 103-12 Dial 330 330 435', { linkedid: 'two', custom: { company: 'gamma' } }),
        record('103-13 > 104-14 Dial 40 42 45', { linkedid: 'two' }),
      ] as const;
      await appendTo(our.store, 'pbx1/api', [one, other]);
      expect((await counted(our.store, plain)).total.calls).toBe(2);
      await appendTo(our.store, 'pbx1/api', [joining]);
      expect((await counted(our.store, plain)).total.calls).toBe(1);
      await expectTruth(our.store);
    });

    it('follow what only one of the companies of a call sees of it', async () => {
      const [long, short] = [
        record('101-30 > 102-31 Dial 0 0 100', { linkedid: 'three', sequence: 30, custom: { company: 'delta' } }),
        record('103-32 > 104-33 Dial 20 20 50', { linkedid: 'three', sequence: 32, custom: { company: 'gamma' } }),
      ] as const;
      await appendTo(our.store, 'pbx1/api', [long, short]);
      const gamma = { ...plain, company: 'gamma' };
      expect((await counted(our.store, gamma)).total.talk).toBe(30_000);
      // Inside the time that the other leg talked: the whole call is what it was.
      const seconds = { duration: short.duration + 10, billsec: short.billsec + 10 };
      await appendTo(our.store, 'pbx1/table', [{ ...short, end: short.end! + 10e6, ...seconds }]);
      expect((await counted(our.store, gamma)).total.talk).toBe(40_000);
      await expectTruth(our.store);
    });

    it('are counted anew on demand, whatever had become of them', async () => {
      await appendTo(our.store, 'pbx1/api', world);
      await our.store.hide({ id: 3, by: ann, now: 1, within: null });
      await spoil(our.url, 'UPDATE `rollup` SET `calls` = `calls` + 1, `talk` = 7');
      await spoil(our.url, 'DELETE FROM `call_part`');
      await expect(expectTruth(our.store)).rejects.toThrow('to deeply equal');
      const { total } = await scanned(our.store, plain);
      expect(await recountAll(our.store)).toBe(total.calls);
      await expectTruth(our.store);
      await our.store.hide({ id: 45, by: ann, now: 1, within: null });
      await expectTruth(our.store);
    });

    /** As they were before there were hours from half past, and nothing wide but days. */
    const forget = async () => {
      await spoil(our.url, 'DELETE FROM `rollup` WHERE `kind` < 40 AND `kind` % 10 NOT IN (1, 2, 3)');
      const names = ['0016_half_hours.js', '0024_wide_counts.js', '0025_hours_in_parts.js'];
      await spoil(
        our.url,
        `DELETE FROM \`knex_migrations\` WHERE \`name\` IN (${names.map((name) => `'${name}'`).join(', ')})`,
      );
    };

    it('are there by the clock, and by all that is wide, after an upgrade', async () => {
      await appendTo(our.store, 'pbx1/api', world);
      await our.reopen(forget);
      await expectTruth(our.store);
      // Whole months, whose hours are those of the clock, or are put together of parts.
      const [from, until] = [Date.UTC(2026, 9, 1) * 1000, Date.UTC(2026, 11, 1) * 1000];
      const bys: Dimension[][] = [[], ['hour'], ['weekday'], ['weekday', 'hour']];
      for (const zone of ['UTC', 'Asia/Kolkata', 'Asia/Kathmandu', 'America/New_York']) {
        for (const by of bys.flatMap((times) => [
          times,
          [...times, 'extension' as const],
          [...times, 'trunk' as const],
        ])) {
          const query = { ...plain, by, zone, from, until };
          const kept = await counted(our.store, query);
          expect(kept, JSON.stringify(query)).toEqual(await scanned(our.store, query));
          expect(kept.total.calls).toBeGreaterThan(5);
        }
      }
    });

    it('equal a look at every call of any span on any clock, over its jumps and a day that it left out, and an upgrade', async () => {
      // Apia had no 30 December 2011; the other times are an hour or two around jumps of these clocks.
      const jumps = [
        '2011-12-30T10:00Z',
        '2026-03-08T07:00Z',
        '2026-03-29T01:00Z',
        '2026-04-04T14:00Z',
        '2026-09-26T14:00Z',
      ];
      const zones = [
        'UTC',
        'Europe/London',
        'America/New_York',
        'Asia/Kolkata',
        'Asia/Kathmandu',
        'Australia/Lord_Howe',
      ];
      const far = [...zones, 'Pacific/Auckland', 'Pacific/Apia', 'Pacific/Chatham', 'America/Denver'];
      const times = [
        ...jumps,
        '2011-12-01T00:00Z',
        '2012-01-01T00:00Z',
        '2026-02-28T12:00Z',
        '1969-06-30T12:00Z',
      ].flatMap((text) => Array.from({ length: 8 }, (_, at) => Date.parse(text) * 1000 + (at - 4) * 37 * minute));
      const spread = Array.from({ length: 90 }, (_, at) => Date.UTC(2026, 0, 1) * 1000 + at * 5_003 * minute);
      const rows = [...times, ...spread].map((start, at) => {
        const [src, dst] = [`10${at % 4}`, `10${(at * 3 + 1) % 5}`];
        const custom = { company: ['acme', 'beta'][at % 2]!, ...(at % 3 === 0 ? { trunk: 'Telco' } : {}) };
        const disposition = at % 4 === 0 ? ('NO ANSWER' as const) : ('ANSWERED' as const);
        return someCdr(at + 1, { start, answer: null, end: start + minute, src, dst, custom, disposition });
      });
      // Some are counted before the upgrade, some behind it.
      const isEarly = (_: Cdr, at: number) => at % 3 > 0;
      await appendTo(our.store, 'pbx1/api', rows.filter(isEarly));
      await our.reopen(forget);
      await appendTo(
        our.store,
        'pbx1/api',
        rows.filter((row, at) => !isEarly(row, at)),
      );
      const quarter = 15 * minute;
      const begin = fc.oneof(
        fc.integer({ min: Date.UTC(2025, 11, 20) * 1000, max: Date.UTC(2026, 10, 20) * 1000 }),
        fc.integer({ min: Date.UTC(2011, 10, 20) * 1000, max: Date.UTC(2012, 0, 1) * 1000 }),
        fc.constantFrom(
          ...jumps.map((text) => Date.parse(text) * 1000),
          Date.UTC(2026, 0, 1) * 1000,
          Date.UTC(1969, 5, 1) * 1000,
        ),
      );
      const query = fc.record({
        time: fc.subarray<Dimension>([...timeNames]),
        side: fc.subarray<Dimension>(['company', 'direction', 'outcome']),
        name: fc.constantFrom<Dimension[]>([], ['extension'], ['trunk']),
        zone: fc.constantFrom(...far),
        only: fc.constantFrom<Partial<StatsQuery>>({}, { company: 'beta' }, { outcome: 'answered' }),
        sought: fc.boolean(),
      });
      const quarters = fc.oneof(fc.integer({ min: 1, max: 400 }), {
        weight: 3,
        arbitrary: fc.integer({ min: 1, max: 96 * 400 }),
      });
      let rowsSeen = 0;
      await fc.assert(
        fc.asyncProperty(begin, quarters, query, async (at, many, { time, side, name, zone, only, sought }) => {
          const from = Math.floor(at / quarter) * quarter;
          const asked: StatsQuery = {
            ...{ by: [...time, ...side, ...name], from, until: from + many * quarter, zone, within: null, ...only },
            ...(sought && !name.includes('trunk') ? { extension: '101' } : {}),
          };
          const kept = await counted(our.store, asked);
          expect(kept).toEqual(await scanned(our.store, asked));
          rowsSeen += kept.rows.length;
        }),
        { numRuns: 160 },
      );
      expect(rowsSeen).toBeGreaterThan(100);
    }, 60_000);

    it('equal a look at every call out of packed days, and out of cells for those that have changed since', async () => {
      const [year, quarter] = [Date.UTC(2026, 0, 1) * 1000, 15 * minute];
      // Around midnights and half hours, and over all jumps of the year.
      const rows = Array.from({ length: 600 }, (_, at) => {
        const start = year + at * 877 * minute;
        const [src, dst] = [`10${at % 4}`, `10${(at * 3 + 1) % 5}`];
        const custom = { company: ['acme', 'beta'][at % 2]! };
        const disposition = at % 4 === 0 ? ('NO ANSWER' as const) : ('ANSWERED' as const);
        const channelOf = (name: string, number: number) =>
          `PJSIP/acme-${name}-${number.toString(16).padStart(8, '0')}`;
        const channels = { channel: channelOf(src, 2 * at), dstchannel: channelOf(dst, 2 * at + 1) };
        const end = start + (at % 7) * minute;
        return someCdr(at + 1, { start, answer: null, end, src, dst, ...channels, custom, disposition });
      });
      const late = rows.filter((_, at) => at % 97 === 5);
      const end = spanOf(rows).until;
      await appendTo(
        our.store,
        'pbx1/api',
        rows.filter((row) => !late.includes(row)),
      );
      const [days, isOwed] = [1440 * minute, (at: number) => our.store.isPackingOwed(at)];
      expect(await isOwed(rows[0]!.start + 3 * days)).toBe(false);
      expect(await isOwed(end + 4 * days)).toBe(true);
      expect(await packAll(our.store, end)).toBeGreaterThan(360);
      expect(await packAll(our.store, end)).toBe(0);
      expect(await isOwed(end + 4 * days)).toBe(false);
      // 22 days more may wait for the night, one more may not.
      expect([await isOwed(end + 26 * days), await isOwed(end + 27 * days)]).toEqual([false, true]);
      const query = fc.record({
        by: fc.constantFrom<Dimension[]>(
          ['quarter'],
          ['weekday', 'hour'],
          ['day', 'hour'],
          ['hour', 'quarter', 'direction'],
          ['direction'],
          ['direction', 'outcome'],
          ['hour'],
          ['weekday'],
          ['hour', 'outcome'],
          ['weekday', 'direction', 'outcome'],
          ['day', 'company'],
          ['hour', 'company', 'direction'],
        ),
        zone: fc.constantFrom('UTC', 'Europe/London', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Chatham'),
        only: fc.constantFrom<Partial<StatsQuery>>(
          {},
          { company: 'beta' },
          { outcome: 'answered' },
          { direction: 'internal' },
          { within: ['acme'] },
        ),
        begin: fc.integer({ min: 0, max: 96 * 30 }),
        end: fc.integer({ min: 96 * 280, max: 96 * 365 }),
      });
      const expectSame = () =>
        fc.assert(
          fc.asyncProperty(query, async ({ by, zone, only, begin, end }) => {
            const span = { from: year + begin * quarter, until: year + end * quarter };
            const asked: StatsQuery = { ...plain, ...span, by: [...by, 'extension'], zone, ...only };
            const kept = await counted(our.store, asked);
            expect(kept).toEqual(await scanned(our.store, asked));
            expect(kept.rows.length).toBeGreaterThan(3);
          }),
          { numRuns: 40 },
        );
      await expectSame();
      // They are what is read: what was done behind their back is not seen.
      const plainly: StatsQuery = {
        ...plain,
        from: year,
        until: year + 96 * 365 * quarter,
        by: ['hour', 'outcome', 'extension'],
      };
      const rowsOf = async (by: Dimension[], zone: string) =>
        (await counted(our.store, { ...plainly, by: [...by, 'extension'], zone })).rows;
      const packed = async () => [
        await rowsOf(['hour', 'outcome'], 'UTC'),
        await rowsOf(['weekday'], 'Asia/Shanghai'),
        await rowsOf(['hour'], 'Pacific/Chatham'),
      ];
      const unpacked = async () => [
        await rowsOf(['hour'], 'Asia/Shanghai'),
        await rowsOf(['weekday'], 'Europe/London'),
      ];
      const [before, others] = [await packed(), await unpacked()];
      await spoil(our.url, 'UPDATE `rollup` SET `calls` = `calls` + 1 WHERE `kind` BETWEEN 20 AND 29');
      expect(await packed()).toEqual(before);
      // Of these, cells are the shorter way.
      for (const [at, rows] of (await unpacked()).entries()) expect(rows).not.toEqual(others[at]);
      await spoil(our.url, 'UPDATE `rollup` SET `calls` = `calls` - 1 WHERE `kind` BETWEEN 20 AND 29');
      // A number for which there is no room: its day is not packed, nor tried again.
      const whole = await scanned(our.store, plainly);
      const sumOf = (list: readonly { records: number }[]) => list.reduce((sum, { records }) => sum + records, 0);
      const first = '(SELECT `least` FROM (SELECT MIN(`bucket`) AS `least` FROM `rollup` WHERE `kind` = 21) AS `one`)';
      const change = (by: string) =>
        `UPDATE \`rollup\` SET \`records\` = \`records\` ${by} WHERE \`kind\` = 21 AND \`bucket\` = ${first}`;
      await spoil(our.url, change('+ 70000'));
      await spoil(our.url, 'DELETE FROM `rollup_day`');
      expect(await packAll(our.store, end)).toBeGreaterThan(360);
      expect(await packAll(our.store, end)).toBe(0);
      const more = sumOf((await counted(our.store, plainly)).rows) - sumOf(whole.rows);
      expect(more).toBeGreaterThan(0);
      expect(more % 70_000).toBe(0);
      await spoil(our.url, change('- 70000'));
      await appendTo(our.store, 'pbx1/api', late);
      await our.store.hide({ id: 30, by: ann, now: 1, within: null });
      await our.store.edit({ id: 60, by: ann, now: 1, within: null }, { extension: '109' });
      await our.store.expire([90], 1);
      await expectSame();
      expect(await packAll(our.store, end)).toBeGreaterThan(late.length);
      await expectSame();
      await spoil(our.url, 'UPDATE `rollup` SET `calls` = `calls` + 1 WHERE `kind` = 21');
      await spoil(our.url, 'DELETE FROM `rollup_day`');
      await packAll(our.store, end);
      await expect(expectSame()).rejects.toThrow();
      await recountAll(our.store);
      await expectSame();
    }, 120_000);

    it('leave nothing behind when all is taken away', async () => {
      await appendTo(our.store, 'pbx1/api', world);
      await expectTruth(our.store);
      await our.store.expire(
        (await our.store.list(everything)).map(({ id }) => id),
        1,
      );
      for (const by of bys) expect((await counted(our.store, { ...plain, by })).rows).toEqual([]);
    });

    it('know the day of 25 hours and the day of 23, and the hour that comes twice', async () => {
      // 2026-10-25 and 2026-03-29 in Berlin.
      const at = (text: string, number: number) =>
        someCdr(number, { start: Date.parse(text) * 1000, answer: null, end: null });
      await appendTo(our.store, 'pbx1/api', [
        ...Array.from({ length: 25 }, (_, hour) =>
          at(new Date(Date.UTC(2026, 9, 24, 22 + hour, 30)).toISOString(), hour),
        ),
        ...Array.from({ length: 23 }, (_, hour) =>
          at(new Date(Date.UTC(2026, 2, 28, 23 + hour, 30)).toISOString(), 50 + hour),
        ),
      ]);
      const year = { from: Date.UTC(2026, 0, 1) * 1000, until: Date.UTC(2027, 0, 1) * 1000, zone: 'Europe/Berlin' };
      const days = await counted(our.store, { ...plain, ...year, by: ['day'] });
      expect(days.rows.map(({ day, calls }) => [day, calls])).toEqual([
        ['2026-03-29', 23],
        ['2026-10-25', 25],
      ]);
      const hours = await counted(our.store, { ...plain, ...year, by: ['day', 'hour'] });
      const twice = hours.rows.filter(({ day, hour }) => day === '2026-10-25' && hour === 2);
      expect(twice.map(({ offset, calls }) => [offset, calls])).toEqual([
        [120, 1],
        [60, 1],
      ]);
      expect(hours.rows.some(({ day, hour }) => day === '2026-03-29' && hour === 2)).toBe(false);
    });
  });
}
