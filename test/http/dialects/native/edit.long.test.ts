import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NativeCdr } from '../../../../src/http/dialects/native/shape.ts';
import type { Problem } from '../../../../src/http/problem.ts';
import { listen } from '../../listener.ts';
import { adminToken, ask, openHouse, record, until, type House } from '../../support.ts';

type Shown = NativeCdr & { hidden?: boolean };

describe('editing and hiding records', () => {
  let house: House;
  let writer: string;
  beforeEach(async () => {
    house = await openHouse();
    writer = (await house.store.createToken({ name: 'ann', scope: 'write', companies: null }, 1)).secret;
    await house.put([record({ accountcode: 'acme' }), record({ accountcode: 'beta' })]);
  });
  afterEach(() => house.close());

  const url = '/api/v1/cdrs';
  const get = <Body = Shown>(path: string, token = adminToken) => ask<Body>(house, 'GET', `${url}${path}`, { token });
  const patch = <Body = Shown>(id: number, body: unknown, token = writer) =>
    ask<Body>(house, 'PATCH', `${url}/${id}`, { token, body });
  const hide = (id: number, token = writer) => ask<Problem>(house, 'DELETE', `${url}/${id}`, { token });
  const idsOf = async (query: string, token = adminToken) =>
    (await get<{ cdrs: Shown[] }>(`?${query}`, token)).body.cdrs.map(({ id }) => id);
  const ipcortex = async () => {
    const body = { scope: {}, auth: { type: 'auth', key: adminToken } };
    type Values = { values: { acctid: number; properties: Record<string, string> }[] };
    return (await ask<Values>(house, 'POST', '/rest/call/read', { body })).body.values;
  };

  it('show the edit in every dialect, and the raw record beside it', async () => {
    const { status, body } = await patch(1, { note: 'call back', tags: ['VIP'], company: 'gamma', extension: '999' });
    expect([status, body]).toEqual([200, (await get('/1')).body]);
    const seen = { note: 'call back', tags: ['VIP'], company: 'gamma', extension: '999', edited: true };
    expect(body).toMatchObject({ ...seen, accountcode: 'acme', src: '100' });
    expect((await ipcortex())[0]!.properties).toMatchObject({ company: 'gamma', src_ext: '999' });
    const raw = (await get('/1?raw=1')).body;
    expect(raw).toMatchObject({ note: null, tags: [], company: 'acme', extension: '100', hidden: false });
    expect([await idsOf('tag=vip'), await idsOf('company=gamma&raw=1'), await idsOf('company=acme')]).toEqual([
      [1],
      [1],
      [],
    ]);
    const back = await patch(1, { note: '', tags: [], company: null, extension: null });
    expect(back.body).toMatchObject({ note: null, tags: [], company: 'acme', extension: '100', edited: true });
  });

  it('hide a record from everyone and every dialect; the raw one stays for admins', async () => {
    expect((await hide(1)).status).toBe(204);
    expect([(await get('/1')).status, await idsOf(''), await idsOf('raw=1')]).toEqual([404, [2], [1, 2]]);
    expect((await ipcortex()).map(({ acctid }) => acctid)).toEqual([2]);
    expect((await get('/1?raw=1')).body).toMatchObject({ id: 1, hidden: true });
    expect([(await hide(1)).status, (await patch(1, { note: 'x' })).status]).toEqual([404, 404]);
  });

  it('bring a hidden record back for an admin, and for nobody else', async () => {
    await hide(1);
    const back = { hidden: false };
    const detail = 'this needs a token with the scope admin, this one has write';
    expect(await patch<Problem>(1, back)).toMatchObject({ status: 403, body: { detail } });
    expect((await patch<Problem>(1, { ...back, note: 'x' }, adminToken)).body.detail).toMatch(
      /^hidden: .* stands alone/,
    );
    expect((await patch<Problem>(9, back, adminToken)).status).toBe(404);
    expect(await patch(1, back, adminToken)).toMatchObject({ status: 200, body: { id: 1 } });
    expect([await idsOf(''), (await patch(1, { hidden: true })).status]).toEqual([[1, 2], 400]);
  });

  it('tell the feed: an edit is an update, what leaves a view is deleted to it, what comes is created', async () => {
    const [all, acme, gamma] = [
      await listen(house, adminToken),
      await listen(house, adminToken),
      await listen(house, adminToken),
    ];
    await all.subscribe(null);
    await acme.subscribe(null, { and: [{ company: 'acme' }, { not: { tag: 'spam' } }] });
    await gamma.subscribe(null, { company: 'gamma' });
    await patch(1, { note: 'x' });
    await patch(1, { company: 'gamma' });
    await patch(1, { company: 'acme' });
    await patch(1, { tags: ['SPAM'] });
    await hide(1);
    const heard = (listener: typeof all) => listener.changes.map(({ op, seq }) => `${op} ${seq}`);
    await until(() => all.changes.length === 5 && gamma.changes.length === 2 && acme.changes.length === 4);
    expect(heard(all)).toEqual(['updated 3', 'updated 4', 'updated 5', 'updated 6', 'deleted 7']);
    expect(heard(acme)).toEqual(['updated 3', 'deleted 4', 'created 5', 'deleted 6']);
    expect(heard(gamma)).toEqual(['created 4', 'deleted 5']);
    expect(JSON.stringify(all.changes.at(-1))).toBe('{"type":"cdr","op":"deleted","seq":7,"cdr":{"id":1}}');
    const late = await listen(house, adminToken);
    await late.subscribe(0);
    expect(late.changes.filter(({ op }) => op !== 'deleted').map(({ cdr }) => cdr!.id)).toEqual([2]);
    expect(late.changes.at(-1)).toMatchObject({ op: 'deleted', cdr: { id: 1 } });
  });

  it('remember the edits: who, when, what from and to', async () => {
    const before = new Date().toISOString();
    await patch(1, { note: 'one', peer_extension: '55' });
    await patch(1, { tags: ['b', 'A'] }, adminToken);
    await hide(1);
    type History = { edits: { by: string; at: string; changes: object }[]; after: number; more: boolean };
    const { body } = await get<History>('/1/history?raw=1');
    expect(body.edits.map(({ by, changes }) => [by, changes])).toEqual([
      ['ann', { note: { before: null, after: 'one' }, peer_extension: { before: null, after: '55' } }],
      ['CDRD_ADMIN_TOKEN', { tags: { before: [], after: ['A', 'b'] } }],
      ['ann', { hidden: { before: false, after: true } }],
    ]);
    expect(body.edits[0]!.at >= before).toBe(true);
    expect((await get<History>('/1/history?raw=1&limit=1&after=1')).body).toMatchObject({ after: 2, more: true });
    expect((await get('/1/history')).status).toBe(404);
    expect((await get<History>('/2/history', writer)).body).toEqual({ edits: [], after: 0, more: false });
  });

  it('need the right scope and the right company', async () => {
    const reader = await house.token('read');
    const beta = await house.token('write', ['beta']);
    expect([(await patch(1, { note: 'x' }, reader)).status, (await hide(1, reader)).status]).toEqual([403, 403]);
    expect([(await patch(1, { note: 'x' }, beta)).status, (await hide(1, beta)).status]).toEqual([404, 404]);
    expect([(await get('/1/history', beta)).status, (await patch(2, { note: 'x' }, beta)).status]).toEqual([404, 200]);
    const { status, body } = await patch<Problem>(2, { company: 'acme' }, beta);
    expect([status, body.detail]).toEqual([422, 'company: "acme" is not among the companies of this token']);
    for (const path of ['?raw=1', '/1?raw=1', '/1/history?raw=1']) {
      const refused = await get<Problem>(path, writer);
      expect([refused.status, refused.body.detail]).toEqual([
        403,
        'raw needs a token with the scope admin, this one has write',
      ]);
    }
    expect((await ask(house, 'POST', `${url}/search`, { token: writer, body: { raw: true } })).status).toBe(403);
    expect((await get('/2?raw=0', reader)).status).toBe(200);
  });

  it.each([
    [
      { nota: 'x' },
      'nota: is not known, expected one of note, tags, company, target, extension, peer_extension, hidden',
    ],
    [{ note: 5 }, 'note: 5 is not a text of 0 to 4096 characters or null'],
    [{ note: 'x'.repeat(4097) }, 'to 4096 characters'],
    [{ tags: Array.from({ length: 51 }, (_, at) => `t${at}`) }, 'tags: a list of 51 is not a list of up to 50'],
    [{ tags: ['x'.repeat(65)] }, 'is not a text of 1 to 64 characters'],
    [{ tags: ['a', ' '] }, 'tags.1: is nothing but spaces'],
    [{ peer_extension: ' ' }, 'peer_extension: is nothing but spaces'],
    [{ company: '' }, 'company: "" is not a text of 1 to 255 characters or null'],
    [[], 'a list is not an object'],
  ])('refuse %j with a sentence', async (body, sentence) => {
    const answer = await patch<Problem>(1, body);
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining(sentence)]);
    expect(await house.store.head()).toBe(2);
  });
});
