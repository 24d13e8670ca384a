import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { byCommand } from '../../../../src/store/audit.ts';
import { addUser, auditOf, cookieFrom, password } from '../../people.ts';
import { adminToken, ask, openHouse, record, type House } from '../../support.ts';

interface Reply {
  result: string;
  message?: string;
  user?: Record<string, unknown>;
  values?: { acctid: number }[];
}

describe('IPCortex logins', () => {
  let house: House;
  let clock: { ms: number };
  beforeEach(async () => {
    clock = { ms: 1_800_000_000_000 };
    const auth = { login_tries: 2, login_window_seconds: 60, trusted_proxies: ['127.0.0.1'] };
    house = await openHouse({ auth, now: () => clock.ms });
    await house.put([
      record({ accountcode: 'acme' }),
      record({ accountcode: 'beta' }),
      record({ accountcode: 'beta', peeraccount: 'acme' }),
    ]);
  });
  afterEach(() => house.close());

  const post = async (url: string, body: unknown = {}, headers: Record<string, string> = {}) => {
    const answer = await ask<Reply>(house, 'POST', url, { body, headers });
    expect(answer.status).toBe(200);
    return answer;
  };
  const withPassword = (username: string, word = password) => ({ auth: { type: 'auth', username, password: word } });
  const read = async (body: object, headers = {}) =>
    (await post('/rest/call/read', { type: 'cdr', ...body }, headers)).body;
  const ids = (reply: Reply) => reply.values?.map(({ acctid }) => acctid) ?? reply.message;
  const admin = { auth: { type: 'auth', key: adminToken } };
  const wrong = { result: 'fail', message: 'the name or the password is wrong' };

  it('takes name and password in any body, and shows the records of the companies of the user', async () => {
    await addUser(house, 'bill');
    await addUser(house, 'root', { role: 'admin', companies: null });
    expect(ids(await read(admin))).toEqual([1, 2, 3]);
    expect(ids(await read(withPassword('root')))).toEqual([1, 2, 3]);
    expect(ids(await read(withPassword('BILL')))).toEqual([1, 3]);
    expect(await read(withPassword('bill', 'wrong password'))).toEqual(wrong);
    expect(await read(withPassword('nobody'))).toEqual(wrong);
    expect(await read({ auth: { type: 'auth', username: 'bill' } })).toMatchObject({ message: /auth.password/ });
  });

  it('lets a user of the role user in, but not to the call records, as the vendor does', async () => {
    await addUser(house, 'una', { role: 'user', extensions: ['100'] });
    expect((await post('/rest/auth/', withPassword('una'))).body).toMatchObject({ result: 'success' });
    expect(await read(withPassword('una'))).toEqual({
      result: 'fail',
      message: 'this needs the System-Admin or the Billing Call-Summary permission (role admin or billing)',
    });
  });

  it('opens a session at /rest/auth/, with the user object and its companies, and ends it at logout', async () => {
    const { id } = await addUser(house, 'Bill');
    const answer = await post('/rest/auth/', withPassword('bill'));
    const common = { login: 'Bill', name: 'Bill', company: 'acme', home: 'acme', perms: {} };
    const session = cookieFrom(answer).replace('Red60urne=', '');
    expect(answer.body).toEqual({ result: 'success', user: { id, ...common, session, companies: ['acme'] } });
    expect(answer.headers['set-cookie']).toMatch(
      /^Red60urne=cdrds_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/,
    );
    const cookie = cookieFrom(answer);
    expect(ids(await read({}, { cookie }))).toEqual([1, 3]);
    // No script of a page shall read the secret of a cookie out of an answer.
    expect((await post('/rest/auth', {}, { cookie })).body.user).toMatchObject({ login: 'Bill', session: '' });
    expect(await read({}, { cookie, origin: 'https://evil.example' })).toMatchObject({ result: 'fail' });
    expect((await post('/rest/auth/logout', {}, { cookie })).body).toEqual({ result: 'success' });
    expect(await read({}, { cookie })).toEqual({ result: 'fail', message: 'the session is over: log in again' });
    expect((await auditOf(house)).map(({ action }) => action)).toEqual([
      ...['user.added', 'login', 'refused', 'logout', 'refused'],
    ]);
  });

  it('ends the session whose cookie comes with a log-in, and opens another', async () => {
    await addUser(house, 'bill');
    const old = cookieFrom(await post('/rest/auth', withPassword('bill')));
    await post('/rest/auth', withPassword('bill', 'wrong password'), { cookie: old });
    expect(ids(await read({}, { cookie: old }))).toEqual([1, 3]);
    const cookie = cookieFrom(await post('/rest/auth', withPassword('bill'), { cookie: old }));
    expect(cookie).not.toBe(old);
    expect(ids(await read({}, { cookie }))).toEqual([1, 3]);
    expect(ids(await read({}, { cookie: old }))).toBe('the session is over: log in again');
  });

  it('tells a client with a key who it is, with all companies when it is bound to none', async () => {
    const answer = await post('/rest/auth', admin);
    expect(answer.body.user).toMatchObject({
      id: 0,
      login: 'CDRD_ADMIN_TOKEN',
      company: '',
      companies: ['acme', 'beta'],
    });
    expect(answer.headers['set-cookie']).toBeUndefined();
    const bound = { auth: { type: 'auth', key: await house.token('read', ['acme', 'beta']) } };
    expect((await post('/rest/auth', bound)).body.user).toMatchObject({ company: '', companies: ['acme', 'beta'] });
    expect((await post('/rest/auth')).body).toMatchObject({ result: 'fail', message: /^a key is needed/ });
  });

  it('refuses a changed password, a disabled and a removed user at once, though the old one was right a moment ago', async () => {
    const { id } = await addUser(house, 'bill');
    expect(ids(await read(withPassword('bill')))).toEqual([1, 3]);
    await house.store.changeUser(id, { password: 'another password' }, byCommand, 1);
    expect(await read(withPassword('bill'))).toEqual(wrong);
    expect(ids(await read(withPassword('bill', 'another password')))).toEqual([1, 3]);
    await house.store.changeUser(id, { disabled: true }, byCommand, 2);
    expect(await read(withPassword('bill', 'another password'))).toEqual(wrong);
    clock.ms += 60_000;
    await house.store.changeUser(id, { disabled: false, companies: ['beta'] }, byCommand, 3);
    expect(ids(await read(withPassword('bill', 'another password')))).toEqual([2, 3]);
    await house.store.removeUser(id, byCommand, 4);
    expect(await read(withPassword('bill', 'another password'))).toEqual(wrong);
  });

  it('remembers a right password for a minute: one login in the audit, and no slow check at every poll', async () => {
    await addUser(house, 'bill');
    for (let at = 0; at < 20; at++) expect(ids(await read(withPassword('bill')))).toEqual([1, 3]);
    clock.ms += 60_000;
    await read(withPassword('bill'));
    const logins = (await auditOf(house)).filter(({ action }) => action === 'login');
    expect(logins).toMatchObject([
      { object: 'password', by: { kind: 'user', name: 'bill', address: '127.0.0.1' } },
      { object: 'password' },
    ]);
  });

  it('throttles wrong passwords and then the right one too, while a client elsewhere that was right goes on', async () => {
    await addUser(house, 'bill');
    await read(withPassword('bill'));
    const replies = [];
    for (let at = 0; at < 3; at++) replies.push(await read(withPassword('bill', 'wrong password')));
    expect(replies).toEqual([
      wrong,
      wrong,
      { result: 'fail', message: 'too many wrong passwords (auth.login_tries), try again in 60 s' },
    ]);
    expect((await read(withPassword('bill'))).message).toMatch(/^too many wrong passwords/);
    expect(ids(await read(withPassword('bill'), { 'x-forwarded-for': '192.0.2.9' }))).toEqual([1, 3]);
    clock.ms += 60_000;
    expect(await read(withPassword('bill', 'wrong password'))).toEqual(wrong);
    const refused = (await auditOf(house)).filter(({ action }) => action === 'refused');
    expect(refused.map(({ count, detail }) => [count, detail])).toEqual([
      [1, { what: 'POST /rest/call/read', status: 401, user: 'bill' }],
      [4, { what: { '401 POST /rest/call/read bill': 2, '429 POST /rest/call/read bill': 2 } }],
    ]);
  });
});
