import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { byCommand } from '../../../../src/store/audit.ts';
import { addUser, auditOf, cookieFrom, login, ownOrigin, password } from '../../people.ts';
import { listen } from '../../listener.ts';
import { adminToken, ask, openHouse, record, type House } from '../../support.ts';

interface Cdrs {
  cdrs: { id: number }[];
}

describe('/api/v1/session', () => {
  let house: House;
  let clock: { ms: number };
  beforeEach(async () => {
    clock = { ms: 1_800_000_000_000 };
    const auth = { session_idle_seconds: 100, session_max_seconds: 1000, login_tries: 2, login_window_seconds: 60 };
    house = await openHouse({ auth, now: () => clock.ms });
  });
  afterEach(() => house.close());

  const enter = async (name: string) => cookieFrom(await login(house, name));
  const list = async (cookie: string) => ask<Cdrs>(house, 'GET', '/api/v1/cdrs', { headers: { cookie } });
  const ids = async (cookie: string) => (await list(cookie)).body.cdrs.map(({ id }) => id);

  it('opens a session with a cookie no script can read, says who one is, and ends it', async () => {
    await addUser(house, 'Bob');
    const answer = await login(house, 'bob');
    expect(answer.status).toBe(201);
    const who = {
      kind: 'user',
      id: 1,
      name: 'Bob',
      scope: 'read',
      role: 'billing',
      companies: ['acme'],
      extensions: null,
    };
    expect(answer.body).toEqual(who);
    expect(answer.headers['set-cookie']).toMatch(
      /^cdrd_session=cdrds_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=1000$/,
    );
    const cookie = cookieFrom(answer);
    expect((await ask(house, 'GET', '/api/v1/session', { headers: { cookie } })).body).toEqual(who);
    const end = await ask(house, 'DELETE', '/api/v1/session', { headers: { cookie, origin: ownOrigin } });
    expect(end.status).toBe(204);
    expect(end.headers['set-cookie']).toContain('Max-Age=0');
    expect((await list(cookie)).status).toBe(401);
    expect((await ask<{ detail: string }>(house, 'DELETE', '/api/v1/session')).status).toBe(401);
    expect((await auditOf(house)).map(({ action, by }) => [action, by.name, by.address])).toEqual([
      ['user.added', 'cdrd', null],
      ['login', 'Bob', '127.0.0.1'],
      ['logout', 'Bob', '127.0.0.1'],
      ['refused', null, '127.0.0.1'],
      ['refused', null, '127.0.0.1'],
    ]);
  });

  it('takes a token in place of a name: logging out ends the cookie for good, and leaves the token alive', async () => {
    await house.put([record({ accountcode: 'acme' }), record({ accountcode: 'beta' })]);
    const token = await house.token('read', ['acme']);
    const enterBy = () => ask(house, 'POST', '/api/v1/session', { body: { token } });
    const answer = await enterBy();
    expect([answer.status, answer.body]).toMatchObject([201, { kind: 'token', scope: 'read', companies: ['acme'] }]);
    expect(answer.headers['set-cookie']).toMatch(
      /^cdrd_session=cdrds_[\w-]{43}\.[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=1000$/,
    );
    const [cookie, other] = [cookieFrom(answer), cookieFrom(await enterBy())];
    expect([await ids(cookie), await ids(other)]).toEqual([[1], [1]]);
    const end = await ask(house, 'DELETE', '/api/v1/session', { headers: { cookie, origin: ownOrigin } });
    expect([end.status, end.headers['set-cookie']]).toEqual([204, expect.stringContaining('Max-Age=0')]);
    // Opened in the same microsecond, and yet another one.
    expect([(await list(cookie)).status, await ids(other)]).toEqual([401, [1]]);
    expect((await ask(house, 'GET', '/api/v1/cdrs', { token })).status).toBe(200);
    const told = (await auditOf(house)).map(({ action, object }) => `${action} ${object}`);
    expect(told.filter((one) => /^log/.test(one))).toEqual(['login token', 'login token', 'logout session']);
  });

  it('ends the session of a token with the token, when nobody uses it, and at its last hour', async () => {
    const made = await house.store.createToken({ name: 'ops', scope: 'read', companies: null }, 1);
    const enterBy = async (token: string) =>
      cookieFrom(await ask(house, 'POST', '/api/v1/session', { body: { token } }));
    const [ofToken, ofAdmin] = [await enterBy(made.secret), await enterBy(adminToken)];
    const states = async () => [(await list(ofToken)).status, (await list(ofAdmin)).status];
    expect(await states()).toEqual([200, 200]);
    // A secret that names another token is another secret.
    const forged = ofToken.replace(/\.\w+$/, ofAdmin.slice(ofAdmin.lastIndexOf('.')));
    expect((await list(forged)).status).toBe(401);
    await house.store.revokeToken(made.token.id, 2, byCommand);
    expect(await states()).toEqual([401, 200]);
    for (let use = 0; use < 10; use += 1) {
      clock.ms += 99_000;
      expect((await list(ofAdmin)).status).toBe(200);
    }
    clock.ms += 11_000;
    expect((await list(ofAdmin)).status).toBe(401);
    const idle = await enterBy(adminToken);
    clock.ms += 101_000;
    expect((await list(idle)).status).toBe(401);
  });

  it('says what is wrong with what was shown', async () => {
    const enterWith = async (body: object) => {
      const { status, body: told } = await ask<{ detail: string }>(house, 'POST', '/api/v1/session', { body });
      return [status, told.detail];
    };
    expect(await enterWith({ token: 'x' })).toEqual([401, 'the token is unknown or revoked']);
    expect(await enterWith({})).toEqual([
      400,
      'name: is missing, expected a text, or a token in place of name and password',
    ]);
    expect(await enterWith({ name: 'bob' })).toEqual([400, 'password: is missing, expected a text']);
    expect(await enterWith({ name: 'bob', token: 'x' })).toEqual([
      400,
      'token: stands beside a name or a password, expected one or the other',
    ]);
  });

  it('shows each role what it may see, and no more, after the owner was shown rows', async () => {
    await house.put([
      record({ accountcode: 'acme', src: '101', channel: 'PJSIP/101-1' }),
      record({ accountcode: 'acme', src: '102', channel: 'PJSIP/102-1' }),
      record({ accountcode: 'beta', src: '101', channel: 'PJSIP/101-1' }),
      record({ accountcode: 'beta', peeraccount: 'acme', src: '103', dst: '101', dstchannel: 'PJSIP/101-2' }),
    ]);
    await addUser(house, 'root', { role: 'admin', companies: null });
    await addUser(house, 'bill');
    await addUser(house, 'una', { role: 'user', extensions: ['101'] });
    const [root, bill, una] = [await enter('root'), await enter('bill'), await enter('una')];
    expect([await ids(root), await ids(bill), await ids(una)]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 4],
      [1, 4],
    ]);
    const seen = async (cookie: string, id: number) =>
      (await ask(house, 'GET', `/api/v1/cdrs/${id}`, { headers: { cookie } })).status;
    expect([await seen(root, 3), await seen(bill, 3), await seen(una, 2), await seen(una, 1)]).toEqual([
      200, 404, 404, 200,
    ]);
    const write = async (cookie: string) =>
      (await ask(house, 'POST', '/api/v1/cdrs', { headers: { cookie, origin: ownOrigin }, body: record() })).status;
    expect([await write(bill), await write(una), await write(root)]).toEqual([403, 403, 201]);
  });

  it('tells a user by /live what its own extension did and nothing else, and lets it in no more when it is disabled', async () => {
    const { id } = await addUser(house, 'una', { role: 'user', extensions: ['101'] });
    const [, secret] = (await enter('una')).split('=');
    const listener = await listen(house, secret!);
    await listener.subscribe(0);
    await house.put([
      record({ accountcode: 'acme', src: '102', channel: 'PJSIP/102-1' }),
      record({ accountcode: 'beta', src: '101', channel: 'PJSIP/101-1' }),
      record({ accountcode: 'acme', src: '101', channel: 'PJSIP/101-1' }),
    ]);
    await listener.hear('cdr');
    await listener.fence();
    expect(listener.seqs).toEqual([3]);
    await house.store.changeUser(id, { disabled: true }, byCommand, 1);
    await expect(listen(house, secret!)).rejects.toThrow('401');
    listener.ws.terminate();
  });

  it('believes the cookie of a write only from a page of this server; a read needs no Origin', async () => {
    await addUser(house, 'root', { role: 'admin', companies: null });
    const cookie = await enter('root');
    const post = async (headers: Record<string, string>) =>
      ask<{ detail: string }>(house, 'POST', '/api/v1/cdrs', { headers: { cookie, ...headers }, body: record() });
    expect((await post({ origin: ownOrigin })).status).toBe(201);
    expect((await post({})).status).toBe(403);
    const evil = await post({ origin: 'https://evil.example' });
    expect([evil.status, evil.body.detail]).toEqual([403, expect.stringContaining('https://evil.example is not this')]);
    expect((await list(cookie)).status).toBe(200);
    const reading = await ask(house, 'GET', '/api/v1/cdrs', { headers: { cookie, origin: 'https://evil.example' } });
    expect(reading.status).toBe(403);
    const body = { name: 'root', password };
    const foreign = await ask(house, 'POST', '/api/v1/session', { headers: { origin: 'https://evil.example' }, body });
    expect([foreign.status, foreign.headers['set-cookie']]).toEqual([403, undefined]);
    // A token is shown on purpose: it counts from anywhere.
    const token = await post({ authorization: `Bearer ${adminToken}`, origin: 'https://evil.example' });
    expect(token.status).toBe(201);
  });

  it('ends after its idle time, is kept alive by use, and ends at its limit in any case', async () => {
    await addUser(house, 'bob');
    const cookie = await enter('bob');
    clock.ms += 99_000;
    expect((await list(cookie)).status).toBe(200);
    clock.ms += 99_000;
    expect((await list(cookie)).status).toBe(200);
    clock.ms += 100_000;
    const late = await ask<{ detail: string }>(house, 'GET', '/api/v1/cdrs', { headers: { cookie } });
    expect([late.status, late.body.detail]).toEqual([401, 'the session is over: log in again']);
    const used = await enter('bob');
    for (let second = 90; second <= 990; second += 90) {
      clock.ms += 90_000;
      expect([second, (await list(used)).status]).toEqual([second, 200]);
    }
    clock.ms += 10_000;
    expect((await list(used)).status).toBe(401);
  });

  it('ends with any change of the user: another password, disabled, removed', async () => {
    const { id } = await addUser(house, 'bob');
    const changes = [
      { password: 'another password' },
      { password, disabled: true },
      { disabled: false, companies: null },
    ];
    let word = password;
    for (const change of changes) {
      if (change.disabled === false) await house.store.changeUser(id, { disabled: false }, byCommand, 1);
      const cookie = cookieFrom(await login(house, 'bob', word));
      expect((await list(cookie)).status).toBe(200);
      const headers = { authorization: `Bearer ${adminToken}` };
      expect((await ask(house, 'PATCH', `/api/v1/users/${id}`, { headers, body: change })).status).toBe(200);
      expect((await list(cookie)).status).toBe(401);
      if (change.password !== undefined) word = change.password;
    }
    const cookie = cookieFrom(await login(house, 'bob', word));
    expect((await ask(house, 'DELETE', `/api/v1/users/${id}`, { token: adminToken })).status).toBe(204);
    expect((await list(cookie)).status).toBe(401);
    expect((await login(house, 'bob', word)).status).toBe(401);
  });

  it('tells nobody whether the name, the password or the user was wrong', async () => {
    const { id } = await addUser(house, 'bob');
    await addUser(house, 'ada');
    await house.store.changeUser(id, { disabled: true }, byCommand, 1);
    const answers = [
      await login(house, 'bob'),
      await login(house, 'ada', 'wrong password'),
      await login(house, 'nobody'),
    ];
    const told = answers.map(({ body: { request_id: own, ...same } }) => (expect(own).toMatch(/^[\w-]{36}$/), same));
    expect(new Set(told.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 401, body: { detail: 'the name or the password is wrong' } });
    expect(answers[0]!.headers['set-cookie']).toBeUndefined();
  });

  it('throttles one name from one address, also the right password, until the window is over', async () => {
    await addUser(house, 'bob');
    // All at once: tries count when they begin.
    const storm = await Promise.all(Array.from({ length: 6 }, () => login(house, 'BOB', 'wrong password')));
    expect(storm.map(({ status }) => status).sort()).toEqual([401, 401, 429, 429, 429, 429]);
    const throttled = await login(house, 'bob');
    expect(throttled).toMatchObject({
      status: 429,
      body: { detail: 'too many wrong passwords (auth.login_tries), try again in 60 s' },
    });
    clock.ms += 60_000;
    expect((await login(house, 'bob')).status).toBe(201);
  });

  it('audits who was refused, the known user but never what else was typed', async () => {
    await addUser(house, 'Bob');
    await login(house, 'bob', 'wrong password');
    await login(house, 'hunter2-typed-into-the-wrong-field', 'x');
    await ask(house, 'GET', '/api/v1/users', { token: await house.token('read') });
    const entries = await auditOf(house);
    const text = JSON.stringify(entries);
    for (const secret of ['hunter2', 'wrong password', password]) expect(text).not.toContain(secret);
    const refused = entries.filter(({ action }) => action === 'refused');
    expect(refused[0]).toMatchObject({
      by: { kind: 'nobody', address: '127.0.0.1' },
      detail: { what: 'POST /api/v1/session', status: 401, user: 'Bob' },
    });
    expect(refused.slice(1)).toMatchObject([
      { by: { kind: 'token' }, count: 1, detail: { what: 'GET /api/v1/users', status: 403 } },
      { by: { kind: 'nobody' }, count: 1, detail: { what: { '401 POST /api/v1/session': 1 } } },
    ]);
  });

  it('believes X-Forwarded-For of a trusted proxy only', async () => {
    await addUser(house, 'bob');
    const from = async (target: House) => {
      const headers = { 'x-forwarded-for': '192.0.2.9', 'x-forwarded-proto': 'https' };
      return ask(target, 'POST', '/api/v1/session', { headers, body: { name: 'bob', password } });
    };
    expect((await from(house)).headers['set-cookie']).not.toContain('Secure');
    const behind = await openHouse({ auth: { trusted_proxies: ['127.0.0.0/8'] } });
    await addUser(behind, 'bob');
    expect((await from(behind)).headers['set-cookie']).toContain('; Secure');
    expect((await auditOf(house)).at(-1)).toMatchObject({ action: 'login', by: { address: '127.0.0.1' } });
    expect((await auditOf(behind)).at(-1)).toMatchObject({ action: 'login', by: { address: '192.0.2.9' } });
    await behind.close();
  });

  it('takes no large body from strangers, and says how large it may be', async () => {
    const body = { name: 'x'.repeat(9000), password: 'x' };
    expect(await ask(house, 'POST', '/api/v1/session', { body })).toMatchObject({
      status: 413,
      body: { detail: 'the body is larger than 8192 bytes' },
    });
  });
});
