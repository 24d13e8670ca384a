// A column `sequence` that has a number by itself and that Asterisk does not fill, not yet or in part: SQLite and MariaDB alike.
import { describe, expect, it } from 'vitest';
import type { Cdr, StoredCdr } from '../../../src/cdr/cdr.ts';
import { someCdr } from '../../support/rows.ts';
import { appendTo } from '../../support/store.ts';
import { until } from '../../support/until.ts';
import { openTableHouse, type TableHouse } from './house.ts';

/** The table of one test; rows are inserted as Asterisk does, without the columns that it does not know. */
export interface Unfilled {
  url: string;
  run(sql: string): Promise<void>;
  add(rows: readonly Record<string, unknown>[]): Promise<void>;
}

const texts = ['src', 'dst', 'channel', 'duration', 'billsec', 'disposition', 'uniqueid'] as const;

function rowOf(cdr: Cdr, isFilled: boolean): Record<string, unknown> {
  const calldate = new Date(cdr.start / 1000).toISOString().slice(0, 19).replace('T', ' ');
  const words = Object.fromEntries(texts.map((name) => [name, cdr[name]]));
  return { calldate, ...words, ...(isFilled ? { sequence: cdr.sequence } : {}) };
}

/** Calls of two records that ForkCDR left equal in everything else, the first of Asterisk's numbers among them. */
const numbers = [0, 2, 4, 6, 8];
const all = numbers.flatMap((number) => [
  someCdr(number, { sequence: number }),
  someCdr(number, { sequence: number + 1 }),
]);
const told = (cdrs: readonly Pick<StoredCdr, 'uniqueid' | 'sequence'>[]): string[] =>
  cdrs.map(({ uniqueid, sequence }) => `${uniqueid} ${sequence}`).sort();
const untold = told(all.map((cdr) => ({ ...cdr, sequence: null })));

const ami = (house: TableHouse, rows: readonly Cdr[] = all) => appendTo(house.store, 'pbx1/ami', rows);
const read = (house: TableHouse, rows: number) =>
  until(() => house.report('table').received >= rows, `${rows} rows of the table`);

/** `make` makes an empty table with these columns; `type` is a column type of whole numbers there, `bare` takes a copy its defaults. */
export function itTakesUnfilled(
  { type, id, plain, bare }: { type: string; id: string; plain: string; bare: string },
  make: (schema: string) => Promise<Unfilled>,
): void {
  const withDefault = `sequence ${type} NOT NULL DEFAULT 0`;
  describe.each([
    ['with ids', `${id}, `],
    ['without ids', ''],
  ])('a table %s whose sequence has a default', (_name, head) => {
    const empty = (columns = `, ${withDefault}`) => make(`CREATE TABLE cdr (${head}${plain}${columns})`);
    const checked = async (house: TableHouse, expected: string[]): Promise<void> => {
      expect(told(await house.cdrs())).toEqual(expected);
      const report = await house.chores.reconcile.start({ from: '2026-11-01', to: '2026-11-30' });
      expect(report).toMatchObject({ read: all.length, missing: 0, changed: 0, gone: 0, detail: null });
      expect(told(await house.cdrs())).toEqual(expected);
    };

    it('that nobody fills keeps twins two, alone', async () => {
      const table = await empty();
      await table.add(all.map((cdr) => rowOf(cdr, false)));
      const house = await openTableHouse({ url: table.url });
      await read(house, all.length);
      await checked(house, untold);
    });

    it.each(['first', 'last'])('that nobody fills meets what AMI told %s', async (when) => {
      const table = await empty();
      const house = await openTableHouse({ url: table.url });
      if (when === 'first') await ami(house);
      await table.add(all.map((cdr) => rowOf(cdr, false)));
      await read(house, all.length);
      if (when === 'last') await ami(house);
      await checked(house, told(all));
    });

    it.each(['first', 'last'])('that Asterisk fills meets what AMI told %s, the number 0 too', async (when) => {
      const table = await empty();
      const house = await openTableHouse({ url: table.url });
      if (when === 'first') await ami(house);
      await table.add(all.map((cdr) => rowOf(cdr, true)));
      await read(house, all.length);
      if (when === 'last') await ami(house);
      await checked(house, told(all));
    });

    it.each([true, false])('that is added in the middle of a day and filled later, with AMI: %s', async (hasAmi) => {
      const table = await empty('');
      const house = await openTableHouse({ url: table.url });
      const [before, between, after] = [all.slice(0, 4), all.slice(4, 6), all.slice(6)];
      if (hasAmi) await ami(house, before);
      await table.add(before.map((cdr) => rowOf(cdr, false)));
      await read(house, before.length);
      await table.run(`ALTER TABLE cdr ADD COLUMN ${withDefault}`);
      if (hasAmi) await ami(house, between);
      await table.add(between.map((cdr) => rowOf(cdr, false)));
      await until(async () => (await house.cdrs()).length === 6, 'the rows that nobody fills');
      await table.add(after.map((cdr) => rowOf(cdr, true)));
      await until(async () => (await house.cdrs()).length === all.length, 'the rows that are filled');
      if (hasAmi) await ami(house, after);
      const early = [...before, ...between].map((cdr) => ({ ...cdr, sequence: hasAmi ? cdr.sequence : null }));
      await checked(house, told([...early, ...after]));
    });

    it.each(['while it is read', 'over a restart', 'read again after a restart'])(
      'that is made anew without key or default keeps what was unfilled: %s',
      async (when) => {
        const table = await empty();
        let house = await openTableHouse({ url: table.url });
        const restart = async () => {
          await house.stop();
          house = await openTableHouse({ url: table.url, folder: house.folder });
        };
        await ami(house);
        await table.add(all.slice(2).map((cdr) => rowOf(cdr, false)));
        await read(house, all.length - 2);
        const isLate = when === 'over a restart';
        if (isLate) await house.stop();
        await table.run('ALTER TABLE cdr RENAME TO cdr_old');
        await table.run(`CREATE TABLE cdr AS SELECT * FROM cdr_old`);
        await table.run(bare);
        await table.add(all.slice(0, 2).map((cdr) => ({ ...rowOf(cdr, false), sequence: 0 })));
        if (isLate) await restart();
        await read(house, all.length);
        if (when === 'read again after a restart') await restart();
        await checked(house, told(all));
      },
    );

    it.each([
      // MariaDB is not asked for a number that Asterisk may have given before the next start.
      ['while it is read', -2],
      ['over restarts', 7],
    ])('that becomes another number keeps all of them, %s', async (when, last) => {
      const table = await empty();
      let house = await openTableHouse({ url: table.url });
      const [zeros, nulls, ones, late] = [all.slice(0, 2), all.slice(2, 4), all.slice(4, 6), all.slice(6)];
      const columns = ['sequence', ...texts, 'calldate', ...(head === '' ? [] : ['acctid'])].join(', ');
      const alter = async (words: string, rows: readonly Cdr[]) => {
        if (when === 'over restarts') await house.stop();
        await table.run('ALTER TABLE cdr RENAME TO cdr_old');
        await table.run(`CREATE TABLE cdr (${head}${plain}, sequence ${type} ${words})`);
        await table.run(`INSERT INTO cdr (${columns}) SELECT ${columns} FROM cdr_old`);
        await table.run('DROP TABLE cdr_old');
        await table.add(rows.map((cdr) => rowOf(cdr, false)));
        if (when === 'over restarts') house = await openTableHouse({ url: table.url, folder: house.folder });
      };
      await ami(house);
      await table.add(zeros.map((cdr) => rowOf(cdr, false)));
      await read(house, 2);
      await alter('NULL', nulls);
      await read(house, 4);
      await alter('DEFAULT -1', ones);
      await read(house, 6);
      await alter(`DEFAULT ${last}`, late);
      await read(house, all.length);
      // Read from the beginning, all of them come again.
      await checked(house, told(all));
      await house.stop();
      house = await openTableHouse({ url: table.url, folder: house.folder });
      await checked(house, told(all));
    });

    it.each([
      ['alone', 0, numbers.length, all.length],
      // One of AMI's has the number 0.
      ['beside those of AMI', all.length, all.length + numbers.length - 1, all.length + numbers.length - 1],
    ])('whose zeros an older cdrd took for numbers, %s, makes no double more', async (_what, told, then, now) => {
      const table = await empty();
      const house = await openTableHouse({ url: table.url });
      await ami(house, all.slice(0, told));
      // It took twins for one.
      const zeros = all.map((cdr) => ({ ...cdr, sequence: 0 }));
      await appendTo(house.store, 'pbx1/table', zeros, {
        marks: zeros.map((_, at) => (head === '' ? undefined : { key: `0:${at + 1}` })),
      });
      expect(await house.cdrs()).toHaveLength(then);
      await table.add(all.map((cdr) => rowOf(cdr, false)));
      await read(house, all.length);
      expect(await house.cdrs()).toHaveLength(now);
      await house.chores.reconcile.start({ from: '2026-11-01', to: '2026-11-30' });
      expect(await house.cdrs()).toHaveLength(now);
    });
  });

  it.each([
    ['NOT NULL DEFAULT 0', 0],
    ["DEFAULT '0'", 0],
    ['NOT NULL DEFAULT -1', -1],
    ['NULL', null],
    ['DEFAULT NULL', null],
  ])('of a column %s the number that means nothing is %s', async (words, unfilled) => {
    const table = await make(`CREATE TABLE cdr (${plain}, sequence ${type} ${words})`);
    const row = rowOf(all[0]!, false);
    await table.add([row, { ...row, uniqueid: 'u2', sequence: 7 }]);
    const house = await openTableHouse({ url: table.url });
    await read(house, 2);
    expect((await house.cdrs()).map(({ sequence }) => sequence)).toEqual([null, 7]);
    await table.add([{ ...row, uniqueid: 'u3', sequence: unfilled ?? 0 }]);
    await read(house, 3);
    expect((await house.cdrs()).at(-1)!.sequence).toBe(unfilled === null ? 0 : null);
  });
}
