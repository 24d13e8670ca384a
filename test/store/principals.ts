// What every store must do about users, sessions, walls and the audit, whichever database is below it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isVisible, type Within } from '../../src/cdr/wall.ts';
import { byCommand, type By } from '../../src/store/audit.ts';
import { isPassword } from '../../src/store/passwords.ts';
import { sessionPrefix } from '../../src/store/sessions.ts';
import { tokenSessionsMax } from '../../src/store/tokensessions.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { hashOf } from '../../src/store/tokens.ts';
import { someCdr } from '../support/rows.ts';
import { appendTo, everything, silent } from '../support/store.ts';

const ada: By = { kind: 'user', id: 7, name: 'ada', address: '192.0.2.7' };
const password = 'correct horse battery';
const limits = { idle: 1000, most: 5000 };

/** `freshUrl` gives the URL of an empty database. */
export function principalsSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`principals on ${name}`, () => {
    let url: string;
    let store: Store;
    beforeEach(async () => {
      url = await freshUrl();
      store = await openStore({ url }, silent);
    });
    afterEach(() => store.close());

    const add = (user: object = {}) =>
      store.addUser(
        { name: 'Bob', password, role: 'billing', companies: ['acme'], extensions: [], ...user },
        byCommand,
        1,
      );
    const openAll = async (now: number, prefixes: string[], user = 'bob') =>
      store.openSessions((await store.findUser(user))!, limits, { ...ada, name: user }, now, prefixes);
    const open = async (now: number, user = 'bob') => (await openAll(now, [sessionPrefix], user))![0]!;

    it('keeps users over a restart; names are compared without case, passwords are hashes with their parameters', async () => {
      const user = await add();
      await store.close();
      store = await openStore({ url }, silent);
      const { password: hash, ...found } = (await store.findUser('BOB'))!;
      expect(found).toEqual(user);
      expect(hash).toMatch(/^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/);
      expect([await isPassword(password, hash), await isPassword(`${password}.`, hash)]).toEqual([true, false]);
      expect(JSON.stringify(await store.listUsers(0, 10))).not.toContain('scrypt');
      await expect(add({ name: 'bob' })).rejects.toThrow('there is a user bob already');
    });

    it('refuses a user that no role allows, with every fault', async () => {
      await expect(add({ password: 'short1234' })).rejects.toThrow('password: has 9 characters, expected 10 to 256');
      await expect(add({ name: 'bob.from.acme', password: 'Bob.From.Acme' })).rejects.toThrow('password: is the name');
      await expect(add({ role: 'admin' })).rejects.toThrow('companies: an admin is bound to no companies');
      await expect(add({ role: 'user', name: '\n' })).rejects.toThrow(/name: is not 1 to 128 .*; extensions: the role/);
      await expect(add({ extensions: ['101'] })).rejects.toThrow('only the role user is bound to extensions');
      expect(await store.listUsers(0, 10)).toEqual([]);
      expect(await store.listAudit({ limit: 10 })).toEqual([]);
    });

    it('closes sessions that were opened together, and none that was opened at the same moment', async () => {
      await add();
      const [pair, other] = [(await openAll(20, ['a_', 'b_']))!, (await openAll(20, ['a_', 'b_']))!];
      const live = async () => {
        const found = [...pair, ...other].map((secret) => store.findSession(hashOf(secret), limits, 21));
        return (await Promise.all(found)).map((session) => session !== undefined);
      };
      expect(await live()).toEqual([true, true, true, true]);
      expect(await store.closeTogether(hashOf(pair[1]!), ada, 21)).toBe(true);
      expect(await live()).toEqual([false, false, true, true]);
      expect(await store.closeSession(hashOf(other[0]!), ada, 22)).toBe(true);
      expect(await live()).toEqual([false, false, false, true]);
      expect(await store.closeTogether(hashOf(pair[0]!), ada, 23)).toBe(false);
      const told = (await store.listAudit({ limit: 10 })).map(({ action }) => action);
      expect(told).toEqual(['logout', 'logout', 'login', 'login', 'user.added']);
    });

    it('ends all sessions of a user with any change, and lets nobody in whose password changed a moment ago', async () => {
      const { id } = await add();
      for (const change of [{ password: 'another password' }, { disabled: true }, { companies: null }]) {
        await store.changeUser(id, { disabled: false }, byCommand, 2);
        const before = (await store.findUser('bob'))!;
        const secret = await open(10);
        expect(await store.findSession(hashOf(secret), limits, 11)).toMatchObject({ user: { id } });
        await store.changeUser(id, change, byCommand, 12);
        expect(await store.findSession(hashOf(secret), limits, 13)).toBeUndefined();
        if (!('companies' in change))
          expect(await store.openSessions(before, limits, ada, 14, [sessionPrefix])).toBeNull();
      }
      const secret = await open(20);
      expect(await store.removeUser(id, byCommand, 21)).toBe(true);
      expect(await store.findSession(hashOf(secret), limits, 22)).toBeUndefined();
      expect(await store.removeUser(id, byCommand, 23)).toBe(false);
      expect(await store.changeUser(id, { disabled: true }, byCommand, 24)).toBeUndefined();
    });

    it('lets a session live while it is used, but never longer than its limit; a secret is not in the store', async () => {
      await add();
      const secret = await open(1000);
      const hash = hashOf(secret);
      const lives = async (now: number) => (await store.findSession(hash, limits, now)) !== undefined;
      expect([await lives(1999), await lives(2000)]).toEqual([true, false]);
      for (let now = 1900; now < 6000; now += 900) await store.touchSession(hash, now);
      expect([await lives(5999), await lives(6000)]).toEqual([true, false]);
      expect(await store.closeSession(hash, ada, 7000)).toBe(true);
      expect(await store.closeSession(hash, ada, 7000)).toBe(false);
      expect(JSON.stringify(await store.listAudit({ limit: 100 }))).not.toContain(secret);
    });

    it('keeps at most a hundred sessions of a user, the newest', async () => {
      await add();
      const first = await open(1000);
      let last = first;
      for (let at = 1; at <= 100; at++) last = (await open(1000 + at))!;
      expect(await store.findSession(hashOf(first), limits, 1101)).toBeUndefined();
      expect(await store.findSession(hashOf(last), limits, 1101)).toMatchObject({
        user: { name: expect.any(String) as string },
      });
    });

    it('keeps at most three hundred sessions of tokens, the newest, and none of them is a user', async () => {
      const enter = (now: number) => store.openTokenSession('a'.repeat(64), limits, ada, now);
      const first = await enter(1000);
      let last = first;
      for (let at = 1; at <= tokenSessionsMax; at += 1) last = await enter(1000 + Math.ceil(at / 2));
      const found = (secret: string) => store.findTokenSession(hashOf(secret), limits, 1151);
      expect(await found(first)).toBeUndefined();
      expect(await found(last)).toEqual({ created: 1150, seen: 1150 });
      expect(await store.findSession(hashOf(last), limits, 1151)).toBeUndefined();
      expect([await store.closeSession(hashOf(last), ada, 1152), await found(last)]).toEqual([true, undefined]);
    });

    it('does not let the last who could administer go over the network; the command line may', async () => {
      const root = await add({ name: 'root', role: 'admin', companies: null });
      const last = 'nobody could administer cdrd after this: make another admin first';
      await expect(store.changeUser(root.id, { disabled: true }, ada, 2)).rejects.toThrow(last);
      await expect(store.removeUser(root.id, ada, 2)).rejects.toThrow(last);
      await expect(store.changeUser(root.id, { role: 'billing' }, ada, 2)).rejects.toThrow(last);
      const { token } = await store.createToken({ name: 'ops', scope: 'admin', companies: null }, 3);
      expect(await store.changeUser(root.id, { disabled: true }, ada, 4)).toMatchObject({ disabled: 4 });
      await expect(store.revokeToken(token.id, 5, ada)).rejects.toThrow(last);
      expect((await store.listTokens())[0]!.revoked).toBeNull();
      expect(await store.revokeToken(token.id, 6)).toBe(true);
    });

    it('audits every change with who, when, from where and what, in the same transaction, and no secret', async () => {
      const { id } = await add();
      await store.changeUser(id, { password: 'another password', companies: ['acme', 'beta'] }, ada, 2);
      const { token } = await store.createToken({ name: 'wall', scope: 'read', companies: null }, 3, undefined, ada);
      await store.revokeToken(token.id, 4, ada);
      await store.audit({ at: 5, by: ada, action: 'export', object: 'cdrs', detail: { rows: 3 }, count: 2 });
      const entries = await store.listAudit({ after: 0, limit: 100 });
      expect(entries.map(({ at, by, action, object, count }) => [at, by.name, action, object, count])).toEqual([
        [1, 'cdrd', 'user.added', 'user Bob', 1],
        [2, 'ada', 'user.changed', 'user Bob', 1],
        [3, 'ada', 'token.created', 'token 1', 1],
        [4, 'ada', 'token.revoked', 'token 1', 1],
        [5, 'ada', 'export', 'cdrs', 2],
      ]);
      expect(entries[1]).toEqual({
        ...{ id: 2, at: 2, by: ada, action: 'user.changed', object: 'user Bob', count: 1 },
        detail: { id, companies: ['acme', 'beta'], password: 'changed' },
      });
      expect((await store.listAudit({ limit: 2 })).map((entry) => entry.id)).toEqual([5, 4]);
      expect((await store.listAudit({ before: 4, limit: 2 })).map((entry) => entry.id)).toEqual([3, 2]);
      expect((await store.listAudit({ after: 3, limit: 1 })).map((entry) => entry.id)).toEqual([4]);
      const asked = async (query: object) =>
        (await store.listAudit({ after: 0, limit: 9, ...query })).map((one) => one.id);
      expect(await asked({ action: 'user.changed' })).toEqual([2]);
      expect(await asked({ name: 'ada', from: 3, until: 5 })).toEqual([3, 4]);
      for (const secret of [password, 'another password', 'scrypt']) {
        expect(JSON.stringify(entries)).not.toContain(secret);
      }
    });

    it('draws the same wall in SQL as in the feed, for every kind of record', async () => {
      const rows = [];
      for (const account of [null, 'acme', 'beta']) {
        for (const peer of [null, 'ACME', 'beta']) {
          for (const [src, dst] of [
            ['101', '102'],
            ['102', '101'],
            ['101', '0044'],
            ['0044', '101'],
            ['0044', '0045'],
          ]) {
            const parties = { src: src!, dst: dst!, accountcode: account, peeraccount: peer };
            rows.push(someCdr(rows.length, { ...parties, channel: 'SIP/x', dstchannel: null }));
          }
        }
      }
      await appendTo(store, 'pbx1/ami', rows);
      const all = await store.list(everything);
      expect(all).toHaveLength(45);
      const walls: Within[] = [null, [], ['acme'], ['beta', 'ACME'], ['nobody']];
      for (const companies of [null, [], ['acme'], ['acme', 'beta'], ['nobody']]) {
        for (const extensions of [[], ['101'], ['101', '102'], ['7']]) walls.push({ companies, extensions });
      }
      for (const within of walls) {
        const seen = (await store.list({ ...everything, within })).map(({ id }) => id);
        expect([within, seen]).toEqual([within, all.filter((cdr) => isVisible(cdr, within)).map(({ id }) => id)]);
      }
      expect(
        await store.list({ ...everything, within: { companies: ['acme'], extensions: ['101'] } }),
      ).not.toHaveLength(0);
    });
  });
}
