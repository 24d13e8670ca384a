// Migrations that were interrupted, databases that are not ours.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openStore } from '../../src/store/store.ts';
import { someCdr } from '../support/rows.ts';
import { ann, appendTo, everything, silent, tempFolder } from '../support/store.ts';

let remove: () => void;
let file: string;

beforeEach(() => {
  const made = tempFolder();
  remove = made.remove;
  file = join(made.folder, 'cdrd.db');
});
afterEach(() => remove());

function change(sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}

it('goes on after a migration that was killed: its leftover lock and half the tables are no obstacle', async () => {
  const store = await openStore({ url: `sqlite:${file}` }, silent);
  await store.close();
  // As MariaDB leaves it, which commits each CREATE: the tables are there, the migration is not recorded, the lock is held.
  change(
    'DELETE FROM meta; DELETE FROM place; DROP TABLE token; DELETE FROM knex_migrations; UPDATE knex_migrations_lock SET is_locked = 1',
  );
  const again = await openStore({ url: `sqlite:${file}` }, silent);
  expect(await again.listTokens()).toEqual([]);
  await again.close();
});

it("never touches a database that has a cdr table of somebody else's, like Asterisk's own", async () => {
  change('CREATE TABLE cdr (calldate TEXT, src TEXT)');
  await expect(openStore({ url: `sqlite:${file}` }, silent)).rejects.toThrow(
    "the database has a table cdr that is not cdrd's: give cdrd a database of its own",
  );
  const database = new Database(file, { readonly: true });
  expect(database.prepare('SELECT COUNT(*) AS n FROM cdr').get()).toEqual({ n: 0 });
  database.close();
});

it('takes over the records of a store from before there were edits; a later sight tells what is new about them', async () => {
  const store = await openStore({ url: `sqlite:${file}` }, silent);
  await appendTo(store, 'pbx1/table', [someCdr(1), someCdr(2)]);
  await store.close();
  change(
    ['direction', 'words', 'hidden', 'edited'].map((column) => `ALTER TABLE cdr DROP COLUMN ${column};`).join('') +
      ['overlay', 'tag', 'cdr_tag', 'edit'].map((table) => `DROP TABLE ${table};`).join('') +
      `UPDATE "change" SET was = '{"company":"beta"}' WHERE seq = 2;` +
      "DELETE FROM place WHERE name IN ('tag', 'edit'); DELETE FROM knex_migrations WHERE name = '0003_overlay.js'",
  );
  const again = await openStore({ url: `sqlite:${file}` }, silent);
  expect(await again.list(everything)).toMatchObject(
    [1, 2].map((id) => ({ id, direction: null, words: null, tags: [] })),
  );
  expect((await again.changes(1, 2, 1))[0]!.was).toMatchObject({ company: 'beta', src: '101', hidden: false });
  await appendTo(again, 'pbx1/ami', [someCdr(1, { clid: 'Bob' })]);
  await again.edit({ id: 2, by: ann, now: 1, within: null }, { tags: ['vip'] });
  expect(await again.list({ ...everything, text: 'bob' })).toMatchObject([{ id: 1, direction: 'internal' }]);
  expect(await again.list({ ...everything, tag: 'vip' })).toMatchObject([{ id: 2 }]);
  await again.close();
});

it('lets nobody change or delete what was audited, whoever opens the database', async () => {
  const store = await openStore({ url: `sqlite:${file}` }, silent);
  const by = { kind: 'command' as const, id: null, name: 'cdrd', address: null };
  await store.audit({ at: 1, by, action: 'export', object: '/cdrs' });
  await store.close();
  for (const what of ['at = 2', "action = 'import'", "detail = 'x 1'", 'object = NULL', "who_name = 'bob'"])
    expect(() => change(`UPDATE audit SET ${what}`)).toThrow('the audit is only added to, UPDATE is refused');
  expect(() => change('DELETE FROM audit')).toThrow('the audit is only added to, DELETE is refused');
});

it('takes over a store of the first schema, with its records and tokens', async () => {
  const store = await openStore({ url: `sqlite:${file}` }, silent);
  await store.createToken({ name: 'old', scope: 'read', companies: null }, 1);
  await store.close();
  change(
    'DROP TABLE user; DROP TABLE session; DROP TABLE extension; DROP TABLE audit; ALTER TABLE company DROP COLUMN removed; ' +
      "DELETE FROM place WHERE name IN ('user', 'extension', 'audit'); DELETE FROM knex_migrations WHERE name LIKE '0002%'",
  );
  const again = await openStore({ url: `sqlite:${file}` }, silent);
  expect(await again.listTokens()).toMatchObject([{ name: 'old' }]);
  expect(await again.listUsers(0, 10)).toEqual([]);
  await again.close();
});
