// What completeness must tell whichever database is below it. Run on SQLite in completeness.test.ts, on MariaDB in completeness.service.test.ts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import type { Cdr, Micros } from '../../src/cdr/cdr.ts';
import { Completeness, type System } from '../../src/completeness/completeness.ts';
import { tellStrays } from '../../src/completeness/strays.ts';
import { CompletenessConfig } from '../../src/completeness/config.ts';
import { Unavailable } from '../../src/errors.ts';
import { openLog } from '../../src/log.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { someCdr } from '../support/rows.ts';
import { ann, appendTo, silent } from '../support/store.ts';

const second = 1_000_000;
const hour = 3600 * second;
const midnight = Date.parse('2026-11-20T00:00:00Z') * 1000;
const config = Value.Default(CompletenessConfig, {}) as CompletenessConfig;
const reject = { raw: '{}', reason: 'uniqueid: is missing', faults: [] };
const pbx1: System = { name: 'pbx1', timezone: 'UTC', ami: true, table: true, pollSeconds: 5 };

/** A record that begins so many hours after the midnight before 2026-11-20 and lasts 5 s. */
function at(hours: number, sequence: number, change: Partial<Cdr> = {}): Cdr {
  const start = midnight + hours * hour;
  return someCdr(sequence, { start, answer: null, end: start + 5 * second, ...change });
}

/** `freshUrl` gives the URL of an empty database. */
export function completenessSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`completeness on ${name}`, () => {
    let store: Store;
    let now: Micros;
    /** Up to when AMI and the table are stored; undefined: up to now. */
    let upTo: Partial<Record<'ami' | 'table', Micros | null>>;
    let lines: { level: string; msg: string; [key: string]: unknown }[];
    let completeness: Completeness;

    const open = (systems: readonly System[] = [pbx1], change: Partial<CompletenessConfig> = {}) => {
      const to = { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) };
      const log = openLog({ level: 'info', format: 'json' }, to);
      return new Completeness({
        store,
        systems,
        config: { ...config, ...change },
        log,
        storedUpTo: (_, kind) => (upTo[kind] === undefined ? now : upTo[kind]),
        now: () => now,
      });
    };
    beforeEach(async () => {
      store = await openStore({ url: await freshUrl() }, silent);
      lines = [];
      upTo = {};
      now = midnight + 96 * hour;
      completeness = open();
    });
    afterEach(async () => {
      await completeness.close();
      await store.close();
    });

    const dayOf = async (day = '2026-11-20') => (await completeness.days({ first: day, last: day }))[0]!;
    const verdictOf = async (day?: string) => (await dayOf(day)).verdict;
    /** Stored when the last of them has ended, unless it is said when. */
    const tellAt = (at: Micros, source: string, ...rows: Cdr[]) => appendTo(store, `pbx1/${source}`, rows, { now: at });
    const tell = (source: string, ...rows: Cdr[]) => tellAt(Math.max(...rows.map(({ end }) => end!)), source, ...rows);
    /** Both sources are heard from the day before on. */
    const beginBoth = async () => {
      await tell('ami', at(-2, 0));
      await tell('table', at(-2, 0));
    };

    it('tells of a system without any record, and of a day without records, that there is nothing', async () => {
      const days = await completeness.days({ first: '2026-11-20', last: '2026-11-22' });
      expect(days.map(({ day, verdict, isClosed, report }) => [day, verdict, isClosed, report?.records])).toEqual([
        ['2026-11-20', 'nothing', true, 0],
        ['2026-11-21', 'nothing', true, 0],
        ['2026-11-22', 'nothing', true, 0],
      ]);
      await beginBoth();
      expect(await verdictOf()).toBe('nothing');
      expect(await verdictOf('2026-11-19')).toBe('complete');
    });

    it('finds what one source has and the other has not, and that it has come after all', async () => {
      await beginBoth();
      await tell('ami', at(1, 1), at(2, 2));
      await tell('table', at(1, 1), at(3, 3));
      const { verdict, report, isClosed } = await dayOf();
      expect([verdict, isClosed]).toEqual(['missing', true]);
      expect(report).toMatchObject({ records: 3, both: 1, ami: 1, table: 1 });
      expect(report!.missing).toMatchObject({ table: { count: 1, ids: [3] }, ami: { count: 1, ids: [4] } });
      now += 3 * second;
      await tell('ami', at(3, 3));
      await tell('table', at(2, 2));
      expect(await dayOf()).toMatchObject({ verdict: 'complete', report: { both: 3, ami: 0, table: 0 } });
    });

    it('keeps a day that is over, and looks again only when one of its records has changed', async () => {
      await beginBoth();
      await tell('ami', at(1, 1));
      await tell('table', at(1, 1));
      const { at: counted } = await dayOf();
      expect(counted).toBe(now);
      now += 24 * hour;
      expect((await dayOf()).at).toBe(counted);
      await completeness.close();
      completeness = open();
      expect((await dayOf()).at).toBe(counted);
      await tell('ami', at(26, 2));
      expect((await dayOf()).at).toBe(counted);
      await tell('table', at(1.5, 3));
      expect(await dayOf()).toMatchObject({ at: now, report: { table: 1 } });
    });

    it('looks again at both days when a record moves from one to the other', async () => {
      await beginBoth();
      const wrongZone = at(30, 1, { timeOrigin: 'local' });
      await appendTo(store, 'pbx1/api', [wrongZone], { now });
      expect([(await dayOf()).report?.records, (await dayOf('2026-11-21')).report?.records]).toEqual([0, 1]);
      now += 3 * second;
      await tell('ami', at(16, 1, { timeOrigin: 'epoch', uniqueid: wrongZone.uniqueid }));
      expect([(await dayOf()).report?.records, (await dayOf('2026-11-21')).report?.records]).toEqual([1, 0]);
    });

    it('notices what is committed while it counts', async () => {
      await beginBoth();
      await tell('ami', at(1, 1));
      const counting = dayOf();
      await tell('ami', at(2, 2), at(3, 3));
      await counting;
      now += 3 * second;
      expect((await dayOf()).report).toMatchObject({ ami: 3 });
    });

    it('does not hold against the table what it had no chance to show', async () => {
      await beginBoth();
      now = midnight + 2 * hour;
      await tell('ami', at(1, 1));
      upTo.table = null;
      expect(await dayOf()).toMatchObject({ verdict: 'waiting', isClosed: false, report: { waiting: 1 } });
      upTo.table = midnight + hour + 610 * second;
      now += 301 * second;
      expect(await verdictOf()).toBe('waiting');
      upTo.table += second;
      now += 301 * second;
      expect(await verdictOf()).toBe('missing');
    });

    it('does not hold against AMI what waits in its buffer', async () => {
      await beginBoth();
      await tell('table', at(1, 1));
      upTo.ami = midnight + hour + 605 * second;
      expect(await verdictOf()).toBe('waiting');
      upTo.ami += second;
      now += 301 * second;
      expect(await verdictOf()).toBe('missing');
    });

    it('counts the grace of what was stored late, or tells times of a clock that is behind, from its first sight on', async () => {
      await beginBoth();
      now = midnight + 2 * hour;
      await tellAt(now, 'ami', at(1, 1));
      await tellAt(now, 'table', at(1, 2));
      now += 600 * second;
      expect(await dayOf()).toMatchObject({ verdict: 'waiting', report: { waiting: 2 } });
      now += 301 * second;
      const missing = { ami: { count: 1 }, table: { count: 1 } };
      expect(await dayOf()).toMatchObject({ verdict: 'missing', report: { waiting: 0, missing } });
    });

    it('gives both sources their time: grace after the end, for the table a look more', async () => {
      await beginBoth();
      await tell('ami', at(1, 1));
      await tell('table', at(1, 2));
      completeness = open([pbx1], { check_seconds: 1 });
      const expectAt = async (seconds: number, waiting: number, ami: number, table: number) => {
        now = midnight + hour + (5 + seconds) * second;
        expect([seconds, (await dayOf()).report]).toMatchObject([
          seconds,
          { waiting, missing: { ami: { count: ami }, table: { count: table } } },
        ]);
      };
      await expectAt(600, 2, 0, 0);
      await expectAt(601, 1, 1, 0);
      await expectAt(605, 1, 1, 0);
      await expectAt(606, 0, 1, 1);
    });

    it('compares nothing where only one source is configured or the other was not heard yet', async () => {
      await tell('table', at(1, 1), at(30, 2));
      expect(await verdictOf()).toBe('not compared');
      await tell('ami', at(30, 2));
      expect([await verdictOf(), await verdictOf('2026-11-21')]).toEqual(['not compared', 'complete']);
      completeness = open([{ ...pbx1, ami: false }]);
      expect(await dayOf()).toMatchObject({ verdict: 'one source', isCompared: false });
    });

    it('calls a day of which neither source has shown anything not compared, whatever was imported', async () => {
      await beginBoth();
      await appendTo(store, 'pbx1/import', [at(1, 1), at(2, 2)], { now });
      expect(await dayOf()).toMatchObject({ verdict: 'not compared', report: { records: 2, other: 2 } });
      await tell('ami', at(3, 3));
      await tell('table', at(3, 3));
      now += 3 * second;
      expect(await verdictOf()).toBe('complete');
    });

    it('has its days in the zone of the system, also where the clock changes', async () => {
      completeness = open([{ ...pbx1, timezone: 'Asia/Kathmandu' }]);
      await tell('table', at(-6, 1), at(18, 2), at(18.5, 3));
      const day = await dayOf();
      expect([day.from, day.until]).toEqual([midnight - 5.75 * hour, midnight + 18.25 * hour]);
      expect(day.report?.records).toBe(1);
      completeness = open([{ ...pbx1, timezone: 'Europe/London' }]);
      const long = await dayOf('2026-10-25');
      expect((long.until - long.from) / hour).toBe(25);
    });

    it('tells what was rejected and lost on the day it came, and what was healed on the day of the record', async () => {
      await beginBoth();
      now = midnight + 30 * hour;
      await appendTo(store, 'pbx1/ami', [reject], { now, lost: 4 });
      const asTable = { sourceName: 'pbx1/table', repeats: 'whole', now } as const;
      await appendTo(store, 'pbx1/reconcile', [at(1, 1), at(2, 2)], asTable);
      await appendTo(store, 'pbx1/backfill', [at(2, 2), at(3, 3)], asTable);
      await appendTo(store, 'pbx2/ami', [reject], { now, lost: 9 });
      expect(await dayOf()).toMatchObject({ rejected: 0, slips: { lost: 0, healed: 3, letGo: 0 } });
      expect(await dayOf('2026-11-21')).toMatchObject({ rejected: 1, slips: { lost: 4, healed: 0 }, reconciled: now });
      now += 601 * second;
      expect((await dayOf()).report).toMatchObject({ table: 3, missing: { ami: { count: 3 } } });
    });

    it('does not call a day complete of which rows were not understood, as long as they are kept', async () => {
      now = midnight + 19 * hour;
      await beginBoth();
      const row = someCdr(1, at(1, 1));
      await tell('ami', row);
      await tell('table', row);
      expect(await dayOf()).toMatchObject({ verdict: 'complete', rejected: 0 });
      now += hour;
      await appendTo(store, 'pbx1/table', [reject], { now });
      expect(await dayOf()).toMatchObject({ verdict: 'not understood', rejected: 1, report: { both: 1 } });
      expect(await verdictOf('2026-11-19')).toBe('complete');
      now += 20 * hour;
      await appendTo(store, 'pbx1/table', [reject], { now });
      expect([(await dayOf()).rejected, (await dayOf('2026-11-21')).rejected]).toEqual([1, 0]);
      await tell('ami', at(2, 2));
      now += 3 * second;
      expect(await verdictOf()).toBe('missing');
      await tell('table', at(2, 2));
      await store.discardRejects({ source: 'pbx1/table' }, ann, now);
      now += 3 * second;
      expect(await dayOf()).toMatchObject({ verdict: 'complete', rejected: 0 });
    });

    it('counts rows that were not understood on when their rejects were let go, on the day they were first seen', async () => {
      await beginBoth();
      const rejects = Array.from({ length: 101 }, (_, nr) => ({ ...reject, raw: `{"nr":${nr}}` }));
      const most = { rejectsMax: 100, now: midnight + 13 * hour };
      await appendTo(store, 'pbx1/table', rejects.slice(0, 3), most);
      await appendTo(store, 'pbx2/table', rejects, { ...most, now: midnight + 14 * hour });
      expect((await store.rejects(9, { source: 'pbx1/table' })).length).toBe(3);
      await appendTo(store, 'pbx1/ami', rejects, { ...most, now: midnight + 25 * hour });
      const kept = (await store.rejects(1000, { system: 'pbx1' })).length;
      expect(await dayOf()).toMatchObject({ verdict: 'not understood', rejected: 3 });
      const next = await dayOf('2026-11-21');
      expect([next.rejected, kept < 104, next.slips.letGo]).toEqual([101, true, 104 - kept]);
      await store.discardRejects({ system: 'pbx1' }, ann, now);
      expect((await dayOf('2026-11-21')).rejected).toBe(0);
    });

    it('counts a row once, whoever of the table shows it, and not what somebody wrote over HTTP', async () => {
      await appendTo(store, 'pbx1/table', [], { now });
      const asTable = { sourceName: 'pbx1/table', repeats: 'whole', now } as const;
      for (const by of ['table', 'reconcile', 'backfill', 'reconcile'])
        await appendTo(store, `pbx1/${by}`, [reject, { ...reject, raw: '{"a":1}' }], asTable);
      await appendTo(store, 'pbx1/api', [{ ...reject, raw: '{"b":2}' }], { now });
      expect(await dayOf('2026-11-24')).toMatchObject({
        verdict: 'not understood',
        rejected: 2,
        report: { records: 0 },
      });
      expect((await dayOf('2026-11-24')).isClosed).toBe(false);
    });

    it('names what is wrong with a store that takes nothing', async () => {
      await beginBoth();
      const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
      store.beginDay = () => Promise.reject(full);
      await expect(dayOf()).rejects.toThrow(
        new Unavailable('the days cannot be counted: the disk is full (SQLITE_FULL)'),
      );
    });

    it('warns once of rows that were not understood, and says once that none are left', async () => {
      await appendTo(store, 'pbx1/table', [reject], { now });
      await completeness.check();
      await completeness.check();
      expect(lines).toMatchObject([{ level: 'warn', system: 'pbx1', notUnderstood: 1 }]);
      expect(lines[0]!.msg).toContain('cdrd rejects says why');
      expect(completeness.summaries).toMatchObject([{ system: 'pbx1', notUnderstood: 1, missingInTable: 0 }]);
      await store.discardRejects({}, ann, now);
      await completeness.check();
      await completeness.check();
      expect(lines.slice(1)).toMatchObject([{ level: 'info', msg: 'no rows wait to be understood any more' }]);
    });

    it('keeps what it found before retention took the records, and counts nothing anew behind the horizon', async () => {
      await beginBoth();
      await tell('ami', at(1, 1));
      await tell('table', at(1, 1));
      expect(await verdictOf()).toBe('complete');
      await store.expire([1, 2], now);
      await store.raiseHorizon('pbx1', midnight + 24 * hour);
      await tell('ami', at(23.5, 7), at(24.5, 8));
      now += hour;
      expect(await dayOf()).toMatchObject({ verdict: 'complete', isClosed: true, report: { records: 1 } });
      expect(await dayOf('2026-11-18')).toMatchObject({ verdict: 'taken away', report: null });
    });

    it('warns once when more is missing, and says once when nothing is missing any more', async () => {
      await beginBoth();
      await tell('ami', at(1, 1));
      await completeness.check();
      await completeness.check();
      expect(lines).toMatchObject([{ level: 'warn', system: 'pbx1', missingInTable: 1, missingInAmi: 0 }]);
      expect(completeness.summaries).toMatchObject([{ system: 'pbx1', at: now, missingInTable: 1, isCompared: true }]);
      now += 3 * second;
      await tell('ami', at(2, 2));
      await completeness.check();
      expect(lines).toHaveLength(2);
      now += 3 * second;
      await tell('table', at(1, 1), at(2, 2));
      await completeness.check();
      await completeness.check();
      expect(lines[2]).toMatchObject({ level: 'info', msg: 'no records are missing any more' });
      expect(lines).toHaveLength(3);
    });

    it('warns once of a zone that is configured wrong, over restarts of the proof, and says once that it is over', async () => {
      const apart = async (from: number, count: number, hours: number) => {
        for (let n = from; n < from + count; n += 1) {
          await tell('ami', at(n / 60, n));
          await tell('table', at(n / 60 + hours, n));
        }
      };
      await apart(1, 4, -1);
      await completeness.check();
      expect(lines).toEqual([]);
      await tell('table', at(0.5, 30));
      await apart(5, 1, -1);
      await completeness.check();
      await completeness.check();
      const text =
        'systems.pbx1.table.timezone or systems.pbx1.timezone is probably wrong: the table is 1 h behind AMI';
      const warned = () => lines.filter(({ shift_seconds: shift }) => shift !== undefined);
      expect(warned()).toMatchObject([{ level: 'warn', system: 'pbx1', shift_seconds: -3600, msg: text }]);
      expect(completeness.summaries).toMatchObject([{ zones: { shift: -3600, text } }]);
      expect(await completeness.zoneWarnings()).toEqual([{ system: 'pbx1', shift: -3600, text }]);
      expect(await completeness.zoneWarnings('pbx2')).toEqual([]);
      await completeness.close();
      completeness = open();
      await completeness.check();
      expect(warned()).toHaveLength(2);
      // Not all of the newest five agree yet.
      await apart(6, 4, 0);
      await completeness.check();
      expect(completeness.summaries).toMatchObject([{ zones: { shift: -3600 } }]);
      await apart(10, 1, 0);
      await completeness.check();
      await completeness.check();
      expect(lines.filter(({ msg }) => msg === 'AMI and the table tell the same times again')).toMatchObject([
        { level: 'info', system: 'pbx1' },
      ]);
      expect(completeness.summaries).toMatchObject([{ zones: null }]);
    });

    it('judges a zone by what was told since it is set so, over restarts, and not by what was read in another one', async () => {
      const apart = async (from: number, hours: number) => {
        for (let n = from; n < from + 5; n += 1) {
          await tellAt(now, 'ami', at(n / 60, n));
          await tellAt(now, 'table', at(n / 60 + hours, n));
          now += second;
        }
      };
      const restart = async (tableTimezone?: string) => {
        await completeness.close();
        now += second;
        completeness = open([{ ...pbx1, ...(tableTimezone && { tableTimezone }) }]);
      };
      const shifts = async () => {
        await completeness.check();
        return [completeness.summaries[0]!.zones?.shift, (await completeness.zoneWarnings())[0]?.shift];
      };
      await apart(1, 0);
      expect(await shifts()).toEqual([undefined, undefined]);
      await restart('Europe/Berlin');
      await apart(6, -1);
      expect(await shifts()).toEqual([undefined, undefined]);
      await apart(11, -1);
      expect(await shifts()).toEqual([-3600, -3600]);
      await restart('Europe/Berlin');
      expect(await shifts()).toEqual([-3600, -3600]);
      await restart();
      // As a command asks, before any daemon has looked.
      expect(await completeness.zoneWarnings()).toEqual([]);
      expect(await shifts()).toEqual([undefined, undefined]);
      await apart(16, -1);
      expect(await shifts()).toEqual([-3600, -3600]);
      await apart(21, 0);
      expect(await shifts()).toEqual([undefined, undefined]);
    });

    it('says once that the table is read in another zone, and how its old rows follow', async () => {
      const check = async (tableTimezone: string) => {
        await completeness.close();
        completeness = open([{ ...pbx1, ami: false, tableTimezone }]);
        await completeness.check();
        await completeness.check();
        return lines.filter(({ was }) => was !== undefined);
      };
      expect(await check('UTC')).toEqual([]);
      const told = await check('Europe/Berlin');
      expect(told).toMatchObject([{ level: 'warn', system: 'pbx1', zone: 'Europe/Berlin', was: 'UTC' }]);
      expect(told[0]!.msg).toContain('older ones with "cdrd reconcile pbx1 --from" their first day');
      expect(await check('Europe/Berlin')).toHaveLength(1);
    });

    it('tells of systems that have records and are not configured, but not of what people made by hand', async () => {
      await tell('ami', at(1, 1));
      for (const [system, count] of Object.entries({ old: 2, manual: 1 }))
        await appendTo(
          store,
          `${system}/api`,
          [1, 2].slice(0, count).map((nr) => at(1, nr, { system })),
        );
      expect(await completeness.strays()).toEqual([{ system: 'old', records: 2, isMore: false }]);
      await tellStrays(
        store,
        ['pbx1'],
        openLog(
          { level: 'info', format: 'json' },
          { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
        ),
      );
      expect(lines).toMatchObject([{ level: 'warn', system: 'old', records: 2 }]);
      expect(lines[0]!.msg).toContain(
        '2 records of "old", a system that is not configured: if it was renamed, give it its old name back',
      );
      expect(await open([pbx1, { ...pbx1, name: 'old' }]).strays()).toEqual([]);
    });

    it('says nothing of zones where one source is configured', async () => {
      for (let n = 1; n < 7; n += 1) {
        await tell('ami', at(n, n));
        await tell('table', at(n + 1, n));
      }
      expect(await open([{ ...pbx1, ami: false }]).zoneWarnings()).toEqual([]);
      expect(await open([{ ...pbx1, tableTimezone: 'Asia/Kolkata' }]).zoneWarnings()).toHaveLength(1);
    });

    it('reads a day in slices, whatever shares a microsecond, and passes over other systems', async () => {
      await beginBoth();
      const many = Array.from({ length: 1203 }, (_, number) => at(5, number + 1));
      await appendTo(store, 'pbx1/ami', many, { now });
      await appendTo(
        store,
        'pbx2/ami',
        many.map((cdr) => ({ ...cdr, system: 'pbx2' })),
        { now },
      );
      expect((await dayOf()).report).toMatchObject({ records: 1203, numbers: { missing: { unexplained: 0 } } });
    });
  });
}
