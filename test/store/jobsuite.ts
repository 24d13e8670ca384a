// What every store must do for scheduled work and imports. Run on both databases.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { By } from '../../src/store/audit.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { hashOf } from '../../src/store/tokens.ts';
import { someCdr } from '../support/rows.ts';
import { appendTo, silent } from '../support/store.ts';

const ada: By = { kind: 'user', id: 7, name: 'ada', address: '192.0.2.7' };

export function jobSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`jobs and imports on ${name}`, () => {
    let url: string;
    let store: Store;
    beforeEach(async () => {
      url = await freshUrl();
      store = await openStore({ url }, silent);
    });
    afterEach(() => store.close());

    const job = async () => (await store.jobs())[0]!;
    const claim = (runner: string, now: number, by?: By) =>
      store.claimJob({ name: 'purge', runner, now, deadBefore: now - 50, by });
    const end = { name: 'purge', outcome: 'done', report: { removed: 3 }, took: 5 } as const;

    it('gives a job that is due to one runner, and moves what is due only when the run has ended', async () => {
      await store.keepJob('purge', 'a', 100, 0);
      expect(await claim('one', 99)).toBe(false);
      expect([await claim('one', 100), await claim('two', 101)]).toEqual([true, false]);
      expect(await job()).toMatchObject({ due: 100, runner: 'one', started: 100 });
      expect(await store.endJob({ ...end, runner: 'two', ended: 105, due: 900 })).toBe(false);
      expect(await store.endJob({ ...end, runner: 'one', ended: 105, due: 200 })).toBe(true);
      expect(await job()).toEqual({
        ...{
          name: 'purge',
          schedule: 'a',
          due: 200,
          runner: null,
          alive: 100,
          started: 100,
          ended: 105,
          outcome: 'done',
        },
        ...{ report: { removed: 3 }, took: 5, succeeded: 105, runs: 1, failures: 0 },
      });
      expect(await claim('two', 199)).toBe(false);
    });

    it('takes a runner without a sign of life for dead; its job is still owed', async () => {
      await store.keepJob('purge', 'a', 100, 0);
      await claim('one', 100);
      expect(await store.keepJobAlive('purge', 'one', 130)).toBe(true);
      expect([await claim('two', 180), await claim('two', 181)]).toEqual([false, true]);
      expect(await store.keepJobAlive('purge', 'one', 182)).toBe(false);
      await store.endJob({ ...end, runner: 'two', ended: 190, outcome: 'stopped' });
      expect(await job()).toMatchObject({ due: 100, runner: null, outcome: 'stopped', succeeded: null });
      await claim('three', 200);
      await store.endJob({ ...end, runner: 'three', ended: 201, outcome: 'failed', due: 300 });
      expect(await job()).toMatchObject({ due: 300, runs: 2, failures: 1, succeeded: null });
    });

    it('runs what is not due when somebody asks, and audits who', async () => {
      await store.keepJob('purge', 'off', null, 0);
      expect(await claim('one', 5)).toBe(false);
      expect([await claim('one', 5, ada), await claim('two', 6, ada)]).toEqual([true, false]);
      expect(await store.listAudit({ limit: 9 })).toMatchObject([
        { action: 'job.started', object: 'job purge', by: ada },
      ]);
    });

    it('notes a run by hand as the last one, unless one goes on; what is due stays', async () => {
      await store.keepJob('purge', 'a', 100, 0);
      const note = { name: 'purge', started: 50, ended: 57, report: { removed: 2 } };
      await store.noteJob(note);
      expect(await job()).toMatchObject({
        ...{ due: 100, started: 50, ended: 57, outcome: 'done', report: { removed: 2 } },
        ...{ took: 7, succeeded: 57, runs: 1, failures: 0 },
      });
      await claim('one', 100);
      await store.noteJob({ ...note, started: 101, ended: 102 });
      expect(await job()).toMatchObject({ runner: 'one', started: 100, ended: 57, runs: 1 });
    });

    it('takes a new schedule from now on, but keeps what is owed', async () => {
      await store.keepJob('purge', 'a', 100, 0);
      await store.keepJob('purge', 'a', 500, 50);
      expect(await job()).toMatchObject({ due: 100 });
      await store.keepJob('purge', 'b', 500, 50);
      expect(await job()).toMatchObject({ schedule: 'b', due: 500 });
      await store.keepJob('purge', 'c', 900, 600);
      expect(await job()).toMatchObject({ schedule: 'c', due: 500 });
      await store.keepJob('purge', 'off', null, 600);
      expect(await job()).toMatchObject({ schedule: 'off', due: null });
    });

    it('removes sessions that are over and no other, and renews the statistics of the database', async () => {
      const user = {
        name: 'Bob',
        password: 'correct horse',
        role: 'billing',
        companies: null,
        extensions: [],
      } as const;
      await store.addUser({ ...user, extensions: [] }, ada, 1);
      const bob = (await store.findUser('bob'))!;
      const limits = { idle: 1000, most: 5000 };
      const wide = { idle: 1e9, most: 1e9 };
      const secrets: string[] = [];
      for (const at of [1, 4000, 6000]) secrets.push(...(await store.openSessions(bob, wide, ada, at, ['cdrds_']))!);
      await store.touchSession(hashOf(secrets[0]!), 6500);
      expect(await store.purgeSessions(limits, 6500)).toBe(2);
      expect(await store.purgeSessions(limits, 6500)).toBe(0);
      const living = await Promise.all(secrets.map((secret) => store.findSession(hashOf(secret), wide, 6500)));
      expect(living.map((session) => session?.created)).toEqual([undefined, undefined, 6000]);
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      await store.optimize();
    });

    const given = { by: ada, now: 9, isDryRun: false };
    const audit = async () =>
      (await store.listAudit({ after: 0, limit: 99 })).map(({ action, object, detail }) => [action, object, detail]);

    it('imports companies: new ones are added, known ones renamed, and doing it again does nothing', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      await store.addCompany({ handle: 'gone', name: 'Gone' }, ada, 1);
      await store.removeCompany(2, ada, 2);
      const lines = [
        { line: 2, handle: 'ACME', name: 'Acme' },
        { line: 3, handle: 'beta', name: null },
        { line: 4, handle: 'Gone', name: 'Back' },
      ];
      const before = await audit();
      expect(await store.importCompanies(lines, { ...given, isDryRun: true })).toEqual({
        rows: 3,
        added: 2,
        changed: 1,
        same: 0,
      });
      expect([await audit(), (await store.companies(null, 0, 9)).length]).toEqual([before, 1]);
      expect(await store.importCompanies(lines, given)).toEqual({ rows: 3, added: 2, changed: 1, same: 0 });
      expect(await store.companies(null, 0, 9)).toEqual([
        { id: 1, handle: 'acme', name: 'Acme', listed: true },
        { id: 2, handle: 'gone', name: 'Back', listed: true },
        { id: 3, handle: 'beta', name: null, listed: true },
      ]);
      expect((await audit()).slice(before.length)).toEqual([
        ['company.changed', 'company acme', { id: 1, name: 'Acme', line: 2 }],
        ['company.added', 'company beta', { id: 3, name: null, line: 3 }],
        ['company.added', 'company gone', { id: 2, name: 'Back', line: 4 }],
      ]);
      const after = await audit();
      expect(await store.importCompanies(lines, given)).toEqual({ rows: 3, added: 0, changed: 0, same: 3 });
      expect(await store.importCompanies([{ line: 2, handle: 'acme' }], given)).toMatchObject({ same: 1 });
      expect(await audit()).toEqual(after);
      await appendTo(store, 'pbx1/ami', [someCdr(2, { accountcode: 'BETA' })]);
      expect(await store.companies(null, 0, 9)).toHaveLength(3);
    });

    it('imports extensions by company and number; a company nobody knows takes all of them down, by its line', async () => {
      await store.addCompany({ handle: 'acme', name: null }, ada, 1);
      await store.addExtension({ company: 'acme', number: '101', name: 'Ann' }, ada, 1);
      const lines = [
        { line: 2, company: 'ACME', number: '101', name: 'Bob' },
        { line: 3, company: null, number: '101' },
        { line: 4, company: 'acme', number: '102', name: 'Eve' },
      ];
      const wrong = [...lines, { line: 9, company: 'zeta', number: '1' }];
      await expect(store.importExtensions(wrong, given)).rejects.toMatchObject({
        ...{ status: 422 },
        faults: [{ line: 9, field: 'company', message: 'there is no company "zeta", import the companies first' }],
      });
      expect(await store.extensions(null, 0, 9)).toHaveLength(1);
      expect(await store.importExtensions(lines, given)).toEqual({ rows: 3, added: 2, changed: 1, same: 0 });
      expect(await store.importExtensions(lines, given)).toMatchObject({ same: 3 });
      expect(await store.extensions(null, 0, 9)).toEqual([
        { id: 1, company: 'acme', number: '101', name: 'Bob', listed: true },
        { id: 2, company: null, number: '101', name: null, listed: true },
        { id: 3, company: 'acme', number: '102', name: 'Eve', listed: true },
      ]);
      expect((await store.extensions(null, 0, 9, 'ACME')).map(({ id }) => id)).toEqual([1, 3]);
      expect(await store.extensions(['beta'], 0, 9, 'acme')).toEqual([]);
    });

    it('imports ten thousand lines at once', async () => {
      const lines = Array.from({ length: 10_000 }, (_, at) => ({ line: at + 2, handle: `c${at}`, name: `C ${at}` }));
      expect(await store.importCompanies(lines, given)).toMatchObject({ added: 10_000 });
      const extensions = lines.map(({ line, handle }) => ({ line, company: handle, number: '1' }));
      expect(await store.importExtensions(extensions, given)).toMatchObject({ added: 10_000 });
      expect(await store.importExtensions(extensions, given)).toMatchObject({ same: 10_000 });
      expect((await store.listAudit({ limit: 1 }))[0]).toMatchObject({ id: 20_000, object: 'extension 1' });
    });
  });
}
