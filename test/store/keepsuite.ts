// Backups and restores, which any store must survive, into its own kind and the other one.
import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { writeBackup } from '../../src/store/backup.ts';
import { checkBackup, restoreStore } from '../../src/store/restore.ts';
import { knownMigrations } from '../../src/store/schema.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { amiRows, cdrs, someCdr, tableRows } from '../support/rows.ts';
import { ann, appendTo, everything, silent, tempFolder } from '../support/store.ts';
import { odd } from './rejectsuite.ts';

const always = new AbortController().signal;

export function saveTo(url: string, file: string, change: Partial<Parameters<typeof writeBackup>[0]> = {}) {
  const seen = () => undefined;
  return writeBackup({ url, file, version: '0.0.1', now: 0, isForced: false, signal: always, seen, ...change });
}

export function restoreTo(url: string, file: string, change: Partial<Parameters<typeof restoreStore>[0]> = {}) {
  const seen = () => undefined;
  return restoreStore({ url, file, isForced: false, now: 5, log: silent, signal: always, seen, ...change });
}

/** All that anybody can read of a store. */
export async function readOf(store: Store) {
  const head = await store.head();
  const lives = [];
  for (const id of [1, 2]) lives.push(await store.life(id, null, true));
  return {
    records: await store.list(everything),
    changes: await store.allChanges(0, head, 1000),
    source: await store.source('pbx1/table'),
    rejects: await store.rejects(100),
    edits: await store.edits(1, 0, 10, null),
    companies: await store.companies(null, 0, 100),
    tokens: await store.listTokens(),
    users: await store.listUsers(0, 10),
    lives,
    reports: await store.reports(null, 0, 10),
    reportText: await store.reportPart(1, 0),
  };
}

/** A store with something in most of its tables. */
export async function fillStore(store: Store): Promise<void> {
  await appendTo(store, 'pbx1/table', cdrs(tableRows()), { cursor: '{"id":40}' });
  await appendTo(store, 'pbx1/ami', [...cdrs(amiRows()), odd(1), someCdr(100, { clid: '"Zoë \u0000 😀" <1>' })]);
  await store.edit({ id: 1, by: ann, now: 7, within: null }, { note: 'called back', tags: ['vip'], company: 'Beta' });
  await store.hide({ id: 2, by: ann, now: 8, within: null });
  await store.expire([3], 9);
  await store.createToken({ name: 'wall', scope: 'read', companies: ['acme'] }, 10);
  await store.addUser(
    { name: 'Bob', password: 'correct horse', role: 'billing', companies: null, extensions: [] },
    ann,
    11,
  );
  await store.addThing('did', { number: '441', company: 'acme', extension: null, name: null }, ann, 12);
  await store.addReport({ within: null, makerKind: 'token', makerId: 1, asked: {} }, 10, ann, 13);
  await store.claimReport('maker', 14, 0);
  const text = { body: gzipSync('a,b\r\n'), records: 1, bytes: 5, share: 100, place: null };
  await store.addReportPart(1, 'maker', text, 15);
}

/** `freshUrl` gives the URL of an empty database, `otherUrl` one of the other kind. */
export function keepSuite(name: string, freshUrl: () => Promise<string>, otherUrl: () => Promise<string>): void {
  describe(`backups of a store on ${name}`, () => {
    const filled = async () => {
      const url = await freshUrl();
      const store = await openStore({ url }, silent);
      await fillStore(store);
      return { url, store };
    };
    const inFolder = async (work: (file: string, folder: string) => Promise<void>) => {
      const { folder, remove } = tempFolder();
      await work(join(folder, 'backup.gz'), folder).finally(remove);
    };

    it.each([
      ['its own kind', freshUrl],
      ['the other kind', otherUrl],
    ] as const)(
      'come back whole in a store of %s, with a generation of its own, and go on where they were',
      (_, targetOf) =>
        inFolder(async (file) => {
          const { url, store } = await filled();
          const before = await readOf(store);
          // Online: the store is open, and goes on.
          expect(await saveTo(url, file)).toMatchObject({ records: 40, schema: knownMigrations().at(-1) });
          await appendTo(store, 'pbx1/table', [someCdr(200)]);
          const target = await targetOf();
          const told = await restoreTo(target, file);
          const again = await openStore({ url: target }, silent);
          expect(await readOf(again)).toEqual(before);
          expect([again.generation, told.upgraded]).toEqual([told.generation, []]);
          expect(again.generation).not.toBe(store.generation);
          expect(await appendTo(again, 'pbx1/table', [someCdr(100), someCdr(300)])).toMatchObject([
            { outcome: 'duplicate', id: 41 },
            { outcome: 'created', id: 42 },
          ]);
          expect(await appendTo(again, 'pbx1/table', [cdrs(tableRows())[2]!])).toEqual([{ outcome: 'expired' }]);
          const [last] = await again.listAudit({ limit: 1 });
          expect(last).toMatchObject({ action: 'store.restored', detail: { records: 40, cdrd: '0.0.1' } });
          await Promise.all([store.close(), again.close()]);
        }),
    );

    it('have bytes, also as backups had them that were written before bytes had a form', () =>
      inFolder(async (file) => {
        const { url, store } = await filled();
        const { reportText } = await readOf(store);
        await store.close();
        await saveTo(url, file);
        const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
        const asItWas = (_: string, base64: string) => JSON.stringify(Buffer.from(base64, 'base64'));
        const old = lines.map((line) => line.replace(/\{"base64":"([^"]+)"\}/, asItWas));
        expect(old).not.toEqual(lines);
        const end = JSON.parse(old.pop()!) as object;
        const sha256 = createHash('sha256')
          .update(`${old.join('\n')}\n`)
          .digest('hex');
        writeFileSync(file, gzipSync(`${[...old, JSON.stringify({ ...end, sha256 })].join('\n')}\n`));
        const target = await freshUrl();
        await restoreTo(target, file);
        const again = await openStore({ url: target }, silent);
        expect(await again.reportPart(1, 0)).toEqual(reportText);
        expect(gunzipSync(reportText!).toString()).toBe('a,b\r\n');
        await again.close();
      }));

    it('replace no store with records but by force, and then all of it', () =>
      inFolder(async (file) => {
        const { url, store } = await filled();
        await saveTo(url, file);
        await appendTo(store, 'pbx1/ami', [someCdr(500)]);
        const before = await readOf(store);
        await store.close();
        await expect(restoreTo(url, file)).rejects.toThrow('has 41 records: --force replaces all of it');
        const same = await openStore({ url }, silent);
        expect(await readOf(same)).toEqual(before);
        await same.close();
        await restoreTo(url, file, { isForced: true });
        const again = await openStore({ url }, silent);
        expect(await again.list(everything)).toHaveLength(39);
        await again.close();
      }));

    it('are refused before anything is touched when they are cut, changed, of a newer cdrd, or something else', () =>
      inFolder(async (file, folder) => {
        const { url, store } = await filled();
        await saveTo(url, file);
        await store.close();
        const text = gunzipSync(readFileSync(file)).toString();
        const lines = text.trimEnd().split('\n');
        const newer = lines[0]!.replace('"0001_', '"9999_');
        const packed = (...some: string[]) => gzipSync(`${some.join('\n')}\n`);
        const whole = readFileSync(file);
        const wrong: [bytes: Buffer, message: RegExp][] = [
          [whole.subarray(0, whole.length / 2), /ends in the middle/],
          [packed(...lines.slice(0, -1)), /ends in the middle/],
          [gzipSync(text.trimEnd().slice(0, -9)), /ends in the middle/],
          [gzipSync(text.replace('called back', 'CALLED BACK')), /was changed or is damaged/],
          [packed(...lines.toSpliced(5, 1)), /was changed or is damaged|no row/],
          [packed(newer, ...lines.slice(1)), /was made by a newer cdrd/],
          [gzipSync('uniqueid,src\n1,2\n'), /is no backup of cdrd/],
          [Buffer.from('not packed'), /cannot be unpacked/],
          [packed(...lines, '{}'), /behind the end/],
        ];
        const target = await freshUrl();
        for (const [bytes, message] of wrong) {
          const other = join(folder, 'wrong.gz');
          writeFileSync(other, bytes);
          await expect(restoreTo(target, other)).rejects.toThrow(message);
        }
        await expect(restoreTo(target, join(folder, 'none.gz'))).rejects.toThrow('cannot be read');
        const empty = await openStore({ url: target }, silent);
        expect(await empty.list(everything)).toEqual([]);
        await empty.close();
      }));

    it('leave nothing half when they are interrupted: no file, and a store that is the old one or is refused', () =>
      inFolder(async (file, folder) => {
        const { url, store } = await filled();
        const stop = new AbortController();
        await expect(saveTo(url, file, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
        expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false]);
        await saveTo(url, file);
        const before = await readOf(store);
        await store.close();
        const seen = (share: number) => share > 0.5 && stop.abort();
        await expect(restoreTo(url, file, { isForced: true, seen, signal: stop.signal })).rejects.toThrow(/abort/i);
        if (name === 'SQLite') {
          const old = await openStore({ url }, silent);
          expect(await readOf(old)).toEqual(before);
          await old.close();
        } else await expect(openStore({ url }, silent)).rejects.toThrow('a restore into this database was cut off');
        await restoreTo(url, file, { isForced: true });
        const again = await openStore({ url }, silent);
        expect(await readOf(again)).toEqual(before);
        await again.close();
        rmSync(folder, { recursive: true, force: true });
      }));

    it('write over no file but by force, and say which rows there are', () =>
      inFolder(async (file) => {
        const { url, store } = await filled();
        const { rows } = await saveTo(url, file);
        await expect(saveTo(url, file)).rejects.toThrow('is there already: another name, or --force');
        await saveTo(url, file, { isForced: true });
        expect((await checkBackup(file)).header).toMatchObject({ rows, cdrd: '0.0.1' });
        await store.close();
      }));
  });
}
