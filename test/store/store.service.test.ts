import { describe, expect, inject, it } from 'vitest';
import { openStore, type Store } from '../../src/store/store.ts';
import { query } from '../services/mariadb.ts';
import { derive, someCdr } from '../support/rows.ts';
import { ann, appendTo, everything, silent } from '../support/store.ts';
import { until } from '../support/until.ts';
import { callCompanySuite } from './callcompanysuite.ts';
import { callListSuite } from './calllistsuite.ts';
import { callWordSuite } from './callwordsuite.ts';
import { callPageSuite } from './callpagesuite.ts';
import { callSuite } from './callsuite.ts';
import { classifySuite } from './classifysuite.ts';
import { filterSuite } from './filtersuite.ts';
import { inCallSuite } from './incallsuite.ts';
import { jobSuite } from './jobsuite.ts';
import { overlaySuite } from './overlaysuite.ts';
import { principalsSuite } from './principals.ts';
import { numberedSuite } from './numberedsuite.ts';
import { rateSuite } from './ratesuite.ts';
import { odd, rejectSuite } from './rejectsuite.ts';
import { recountSuite } from './recountsuite.ts';
import { reconcileSuite } from './reconcilesuite.ts';
import { reportSuite } from './reportsuite.ts';
import { saidSuite } from './saidsuite.ts';
import { staffSuite } from './staffsuite.ts';
import { statsSuite } from './statsuite.ts';
import { storeSuite } from './suite.ts';
import { thingSuite } from './thingsuite.ts';
import { walkSuite } from './walksuite.ts';
import { waySuite } from './waysuite.ts';
import { formerSuite } from './formersuite.ts';
import { billsecSuite } from './billsecsuite.ts';
import { widthSuite } from './widthsuite.ts';

const { rootUrl } = inject('mariadb');
let stores = 0;

async function freshUrl(): Promise<string> {
  const name = `cdrd_store_${process.pid}_${++stores}`;
  await query(rootUrl, `CREATE DATABASE ${name}`);
  return new URL(name, rootUrl).href;
}

const spoil = async (url: string, sql: string) => void (await query(url, sql));

storeSuite('MariaDB', freshUrl);
callSuite('MariaDB', freshUrl, spoil);
inCallSuite('MariaDB', freshUrl, spoil);
callCompanySuite('MariaDB', freshUrl);
callListSuite('MariaDB', freshUrl);
callWordSuite('MariaDB', freshUrl);
callPageSuite('MariaDB', freshUrl);
statsSuite('MariaDB', freshUrl, spoil);
recountSuite('MariaDB', freshUrl, spoil);
filterSuite('MariaDB', freshUrl);
overlaySuite('MariaDB', freshUrl);
saidSuite('MariaDB', freshUrl, spoil);
rateSuite('MariaDB', freshUrl);
numberedSuite('MariaDB', freshUrl);
principalsSuite('MariaDB', freshUrl);
reconcileSuite('MariaDB', freshUrl);
rejectSuite('MariaDB', freshUrl, spoil);
jobSuite('MariaDB', freshUrl);
reportSuite('MariaDB', freshUrl);
staffSuite('MariaDB', freshUrl);
walkSuite('MariaDB', freshUrl);
waySuite('MariaDB', freshUrl);
thingSuite('MariaDB', freshUrl);
classifySuite('MariaDB', freshUrl, spoil);
widthSuite('MariaDB', freshUrl);
formerSuite('MariaDB', freshUrl);
billsecSuite('MariaDB', freshUrl);

describe('the audit in MariaDB', () => {
  it('lets nobody change or delete what was audited, whoever opens the database', async () => {
    const url = await freshUrl();
    const store = await openStore({ url }, silent);
    await store.createToken({ name: 'x', scope: 'read', companies: null }, 1);
    await store.close();
    for (const what of ['at = 2', "action = 'import'", "detail = 'x 1'", 'object = NULL', "who_name = 'bob'"])
      await expect(query(url, `UPDATE audit SET ${what}`)).rejects.toThrow(
        'the audit is only added to, UPDATE is refused',
      );
    await expect(query(url, 'DELETE FROM audit')).rejects.toThrow('the audit is only added to, DELETE is refused');
  });
});

describe('a MariaDB that several daemons write', () => {
  it('shows a company in the spelling of whoever made it first', async () => {
    const url = await freshUrl();
    const [one, two] = await Promise.all([1, 2].map(() => openStore({ url }, silent)));
    await appendTo(one!, 'pbx1/ami', [someCdr(1, { accountcode: 'Acme' })]);
    await appendTo(two!, 'pbx2/ami', [someCdr(2, { system: 'pbx2', accountcode: 'ACME' })]);
    for (const store of [one!, two!]) {
      expect((await store.list(everything)).map(({ company }) => company)).toEqual(['Acme', 'Acme']);
      await store.close();
    }
  });

  it('never shows a place before a lower one, to a reader that polls while two write', async () => {
    const url = await freshUrl();
    const [one, two, reader] = await Promise.all([1, 2, 3].map(() => openStore({ url }, silent)));
    const batches = 40;
    const write = async (store: typeof one, system: string, first: number) => {
      for (let batch = 0; batch < batches; batch++) {
        const rows = Array.from({ length: 5 }, (_, at) => someCdr(first + batch * 5 + at, { system }));
        await appendTo(store!, `${system}/ami`, rows);
      }
    };
    let isWriting = true;
    const writing = Promise.all([write(one, 'pbx1', 0), write(two, 'pbx2', 1000)]).finally(() => (isWriting = false));
    const seen: number[] = [];
    await until(
      async () => {
        const wasWriting = isWriting;
        const page = await reader!.changes(seen.at(-1) ?? 0, Number.MAX_SAFE_INTEGER, 1000);
        seen.push(...page.map(({ seq }) => seq));
        return !wasWriting && page.length === 0;
      },
      'the writers to end',
      60_000,
    );
    await writing;
    const total = 2 * batches * 5;
    expect(seen).toEqual(Array.from({ length: total }, (_, at) => at + 1));
    expect((await reader!.list(everything)).map(({ id }) => id)).toEqual(seen);
    await Promise.all([one, two, reader].map((store) => store!.close()));
  });

  it('makes one record of one call that two daemons hear at once', async () => {
    const url = await freshUrl();
    const stores = await Promise.all([1, 2].map(() => openStore({ url }, silent)));
    for (let call = 0; call < 30; call++) {
      await Promise.all(stores.map((store, at) => appendTo(store, `pbx1/${at}`, [someCdr(call)])));
    }
    expect(await stores[0]!.list(everything)).toHaveLength(30);
    await Promise.all(stores.map((store) => store.close()));
  });

  it('keeps the edit and the later sight of a record that two daemons bring at once', async () => {
    const url = await freshUrl();
    const [one, two] = (await Promise.all([1, 2].map(() => openStore({ url }, silent)))) as [Store, Store];
    const calls = Array.from({ length: 30 }, (_, at) => at + 1);
    await appendTo(
      one,
      'pbx1/table',
      calls.map((call) => someCdr(call)),
    );
    for (const id of calls) {
      await Promise.all([
        one.edit({ id, by: ann, now: 1, within: null }, { company: 'Corrected', note: 'kept' }),
        appendTo(two, 'pbx1/ami', [someCdr(id, { custom: { company: 'Gamma' } })]),
      ]);
    }
    const told = (raw: boolean) => one.list({ ...everything, raw });
    expect(new Set((await told(false)).map(({ company, note }) => `${company} ${note}`))).toEqual(
      new Set(['Corrected kept']),
    );
    expect(new Set((await told(true)).map(({ company }) => company))).toEqual(new Set(['Gamma']));
    expect((await one.changes(0, 1000, 1000)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 90 }, (_, at) => at + 1),
    );
    await Promise.all([one.close(), two.close()]);
  });

  it('stores a reject once that two daemons try again at once while a third discards it', async () => {
    const url = await freshUrl();
    const stores = (await Promise.all([1, 2, 3].map(() => openStore({ url }, silent)))) as [Store, Store, Store];
    const [one, two, three] = stores;
    const by = { kind: 'command', id: null, name: 'cdrd', address: null } as const;
    const { id } = await one.source('pbx1/table');
    const place = { sourceId: id, sourceName: 'pbx1/table', repeats: 'never' as const, cursor: undefined, lost: 0 };
    for (let call = 1; call <= 20; call++) {
      await appendTo(one, 'pbx1/table', [odd(call)]);
      const work = { ...place, rows: [someCdr(call, { sequence: null })], now: 1, derive, within: null };
      const tries = [one, two].map((store) => store.retry(work, { ids: [call], by }));
      const [retried, discarded] = await Promise.all([Promise.all(tries), three.discardRejects({ id: call }, by, 1)]);
      const stored = retried.flat().filter(({ outcome }) => outcome === 'created').length;
      expect([call, stored + discarded.length]).toEqual([call, 1]);
      expect(await one.list({ ...everything, uniqueid: someCdr(call).uniqueid })).toHaveLength(stored);
    }
    expect(await one.rejects(9)).toEqual([]);
    const { received, stored, rejected, duplicate } = await one.source('pbx1/table');
    expect(received).toBe(stored + rejected + duplicate);
    await Promise.all(stores.map((store) => store.close()));
  });
});
