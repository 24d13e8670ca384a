// The life of PortSIP's tokens: how long they are good, for what, and what ends them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { byCommand } from '../../../../src/store/audit.ts';
import { addUser, auditOf, password } from '../../people.ts';
import { ask, openHouse, type House } from '../../support.ts';

interface Pair {
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

describe('tokens of PortSIP', () => {
  let house: House;
  let now = Date.now();

  beforeEach(async () => {
    now = Date.now();
    house = await openHouse({
      now: () => now,
      listeners: [{ dialects: ['portsip'] }, { dialects: ['native'], prefix: '/at' }],
    });
    await addUser(house, 'bob');
  });
  afterEach(() => house.close());

  const grant = (fields: Record<string, string>) =>
    ask<Pair>(house, 'POST', '/api/login/oauth/token', { body: fields });
  const login = async () => (await grant({ grant_type: 'password', username: 'bob', password })).body;
  const refresh = (token: string) => grant({ grant_type: 'refresh_token', refresh_token: token });
  const statusOf = async (token: string, url = '/api/cdrs') => (await ask(house, 'GET', url, { token })).status;

  it('let in until expires_in is over, and not a moment longer', async () => {
    const { access_token: token, expires_in: seconds } = await login();
    expect(seconds).toBe(1800);
    now += 1800 * 1000 - 1;
    expect(await statusOf(token)).toBe(200);
    now += 1;
    expect(await statusOf(token)).toBe(401);
  });

  it('are refreshed after their end, each refresh token once', async () => {
    const first = await login();
    now += 1800 * 1000;
    const { status, body } = await refresh(first.refresh_token);
    expect([status, await statusOf(body.access_token)]).toEqual([200, 200]);
    expect((await refresh(first.refresh_token)).status).toBe(400);
    const both = await Promise.all([refresh(body.refresh_token), refresh(body.refresh_token)]);
    expect(both.map((answer) => answer.status).sort()).toEqual([200, 400]);
  });

  it('of the refreshing kind let in nowhere, and those that let in refresh nothing', async () => {
    const { access_token: access, refresh_token: token } = await login();
    expect([await statusOf(token), await statusOf(token, '/at/api/v1/cdrs')]).toEqual([401, 401]);
    expect((await refresh(access)).status).toBe(400);
    expect((await refresh(`cdrdr_${access.slice('cdrds_'.length)}`)).status).toBe(400);
  });

  it('end with any change of their user', async () => {
    const { access_token: access, refresh_token: token } = await login();
    const user = (await house.store.findUser('bob'))!;
    await house.store.changeUser(user.id, { disabled: true }, byCommand, now * 1000);
    expect([await statusOf(access), (await refresh(token)).status]).toEqual([401, 400]);
  });

  it('end in pairs when one of them is revoked, and no other pair with them', async () => {
    const revoke = (token: string) => ask(house, 'POST', '/api/login/oauth/revoke', { body: { token } });
    // All within one millisecond: they are told apart all the same.
    const [first, second, third] = [await login(), await login(), await login()];
    await revoke(first.access_token);
    await revoke(second.refresh_token);
    const pairs = [first, second, third];
    expect(await Promise.all(pairs.map((pair) => statusOf(pair.access_token)))).toEqual([401, 401, 200]);
    const refreshed = await Promise.all(pairs.map((pair) => refresh(pair.refresh_token)));
    expect(refreshed.map(({ status }) => status)).toEqual([400, 400, 200]);
    // What a refresh has used up is no part of the new pair; the old access token goes on to its end.
    await revoke(refreshed[2]!.body.refresh_token);
    expect(await statusOf(refreshed[2]!.body.access_token)).toBe(401);
    expect(await statusOf(third.access_token)).toBe(200);
  });

  it('that are wrong are told to the audit, as are logins and their ends', async () => {
    const { access_token: access } = await login();
    await grant({ grant_type: 'password', username: 'bob', password: 'wrong' });
    await refresh('cdrdr_nonsense');
    await ask(house, 'POST', '/api/login/oauth/revoke', { body: { token: access } });
    const told = (await auditOf(house)).map(({ action }) => action);
    expect(told.filter((action) => action === 'login').length).toBe(1);
    expect(told.filter((action) => action === 'logout').length).toBe(1);
    expect(told.filter((action) => /refus|denied/.test(action)).length).toBeGreaterThan(0);
  });

  it('and passwords stand in no line of the log', async () => {
    const { access_token: access, refresh_token: token } = await login();
    await refresh(token);
    await grant({ grant_type: 'password', username: 'bob', password: 'wrong-password' });
    const log = house.log.join('\n');
    for (const secret of [access, token, password, 'wrong-password']) expect(log).not.toContain(secret);
  });
});
