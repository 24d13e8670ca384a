// Lists as slices of few sizes, and statements that are kept prepared.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { chunks, sqliteSql } from '../../src/store/sql.ts';
import { tempFolder } from '../support/store.ts';

it('slices hold the list in its order, and are of seven sizes, however long it is', () => {
  const sizes = new Set<number>();
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 600 }), (list) => {
      const slices = [...chunks(list)];
      expect(slices.flat()).toEqual(list);
      expect(slices.length).toBeLessThanOrEqual(list.length / 64 + 6);
      for (const slice of slices) sizes.add(slice.length);
    }),
  );
  expect([...sizes].filter((size) => ![1, 2, 4, 8, 16, 32, 64].includes(size))).toEqual([]);
});

it('statements of any number of forms are run, and only so many are kept', async () => {
  const { folder, remove } = tempFolder();
  const connection = new Database(join(folder, 'some.db'));
  let prepared = 0;
  const counting = Object.assign(Object.create(connection) as Database.Database, {
    prepare: (sql: string) => {
      prepared += 1;
      return connection.prepare(sql);
    },
  });
  const sql = sqliteSql(counting);
  const ask = async (form: number) => (await sql.all<{ one: number }>(`SELECT ${form} AS one`))[0]!.one;
  for (let form = 0; form < 400; form++) expect(await ask(form)).toBe(form);
  expect(await ask(399)).toBe(399);
  expect(prepared).toBe(400);
  expect(await ask(0)).toBe(0);
  expect(prepared).toBe(401);
  connection.close();
  remove();
});
