import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addUser, auditOf, cookieFrom, login, ownOrigin, password } from '../../people.ts';
import { adminToken, ask, openHouse, type House } from '../../support.ts';

const next = 'staple battery horse';

describe('POST /api/v1/session/password', () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse({ auth: { login_tries: 3 } });
    await addUser(house, 'Ann');
  });
  afterEach(() => house.close());

  const change = (cookie: string, body: object, headers: Record<string, string> = { origin: ownOrigin }) =>
    ask<Record<string, unknown>>(house, 'POST', '/api/v1/session/password', { body, headers: { cookie, ...headers } });
  const isIn = async (cookie: string) =>
    (await ask(house, 'GET', '/api/v1/session', { headers: { cookie } })).status === 200;
  const enter = async (word = password) => cookieFrom(await login(house, 'ann', word));

  it('changes the own password: this session goes on, all others end, and only the new one lets in', async () => {
    const [other, own] = [await enter(), await enter()];
    expect((await change(own, { current: password, new: next })).status).toBe(204);
    expect([await isIn(own), await isIn(other)]).toEqual([true, false]);
    expect((await login(house, 'ann')).status).toBe(401);
    expect((await login(house, 'ann', next)).status).toBe(201);
    const entry = (await auditOf(house)).find(({ action }) => action === 'user.changed');
    expect(entry).toMatchObject({
      ...{ by: { kind: 'user', name: 'Ann' }, object: 'user Ann' },
      detail: { id: 1, password: 'changed', own: true },
    });
    expect(JSON.stringify(await auditOf(house))).not.toContain(next);
  });

  it('refuses a wrong current one, throttled as a login is, and audits the refusal', async () => {
    const own = await enter();
    const statuses = [];
    for (let at = 0; at < 4; at++) statuses.push((await change(own, { current: 'wrong horse', new: next })).status);
    expect(statuses).toEqual([403, 403, 403, 429]);
    // What was right within the last minute is remembered; another address or name is not locked out by this.
    expect((await login(house, 'ann', next)).status).toBe(429);
    expect((await auditOf(house)).filter(({ action }) => action === 'refused')).not.toEqual([]);
    expect(await isIn(own)).toBe(true);
  });

  it.each([
    [{ current: password, new: 'short' }, 'new: has 5 characters, expected 10 to 256'],
    [{ current: password, new: password }, 'new: is the current one, expected another'],
    [{ current: password }, 'new: is missing, expected a text'],
    [{ current: password, new: next, name: 'root' }, 'name: is not known, expected one of current, new'],
  ])('refuses %j', async (body, detail) => {
    const own = await enter();
    const answer = await change(own, body);
    expect([answer.status, answer.body['detail']]).toEqual([400, expect.stringContaining(detail) as string]);
    expect((await login(house, 'ann')).status).toBe(201);
  });

  it('is for users with a session, asked by a page of our own', async () => {
    const own = await enter();
    const body = { current: password, new: next };
    expect((await change(own, body, {})).status).toBe(403);
    expect((await change(own, body, { origin: 'http://elsewhere.example' })).status).toBe(403);
    expect((await change('cdrd_session=nobody', body)).status).toBe(401);
    const asToken = await ask(house, 'POST', '/api/v1/session/password', { token: adminToken, body });
    expect(asToken).toMatchObject({ status: 403, body: { detail: 'a token has no password: log in as a user' } });
    expect((await login(house, 'ann')).status).toBe(201);
  });

  it('does not bring back a user who was disabled at this very moment', async () => {
    const ann = (await house.store.findUser('ann'))!;
    const by = { kind: 'user', id: 1, name: 'Ann', address: null } as const;
    await house.store.changeUser(1, { disabled: true }, by, 5);
    expect(await house.store.changePassword(ann, next, 'x', by, 6)).toBe(false);
    await house.store.changeUser(1, { disabled: false, password: 'another horse' }, by, 7);
    expect(await house.store.changePassword(ann, next, 'x', by, 8)).toBe(false);
  });
});
