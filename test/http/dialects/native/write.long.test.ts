import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PostResult } from '../../../../src/http/dialects/native/answers.ts';
import type { Problem } from '../../../../src/http/problem.ts';
import { ask, openHouse, record, records, type House } from '../../support.ts';

describe('POST /api/v1/cdrs', () => {
  let house: House;
  let writer: string;
  beforeEach(async () => {
    house = await openHouse({ systems: ['pbx1', 'pbx2'] });
    writer = await house.token('write');
  });
  afterEach(() => house.close());

  const post = <Body>(body: unknown, token = writer) => ask<Body>(house, 'POST', '/api/v1/cdrs', { token, body });
  const results = async (body: unknown, token = writer) =>
    (await post<{ results: PostResult[] }>(body, token)).body.results;
  const of = (more = {}) => record({ system: 'pbx1', ...more });

  it('stores one record with 201 and its address, and knows it again with 200 and the same id', async () => {
    const given = of();
    const first = await post(given);
    expect([first.status, first.body]).toEqual([201, { status: 'created', id: 1 }]);
    expect(first.headers['location']).toBe('/api/v1/cdrs/1');
    const again = await post(given);
    expect([again.status, again.body]).toEqual([200, { status: 'duplicate', id: 1 }]);
  });

  it('answers a list record by record, in its order, across systems and faults', async () => {
    const twice = of();
    const answer = await results([twice, record({ system: 'pbx2' }), of({ duration: -1 }), twice, 'nonsense', of()]);
    expect(answer.map(({ status }) => status)).toEqual([
      'created',
      'created',
      'rejected',
      'duplicate',
      'rejected',
      'created',
    ]);
    expect(answer[3]).toEqual({ status: 'duplicate', id: (answer[0] as { id: number }).id });
    expect(answer[4]).toEqual({ status: 'rejected', errors: [{ field: '', message: '"nonsense" is not a record' }] });
  });

  it('takes two equal records without sequence in one list as two, as ForkCDR leaves them, and both again as duplicates', async () => {
    const fork = of({ sequence: null });
    const first = await results([fork, fork]);
    expect(first).toEqual([
      { status: 'created', id: 1 },
      { status: 'created', id: 2 },
    ]);
    expect(await results([fork, fork])).toEqual([
      { status: 'duplicate', id: 1 },
      { status: 'duplicate', id: 2 },
    ]);
  });

  it('names every faulty field with what was found and what was expected', async () => {
    const { status, body, headers } = await post<Problem>(of({ duration: 'x; y', disposition: 'GONE', start: 'noon' }));
    expect([status, headers['content-type']]).toEqual([422, 'application/problem+json; charset=utf-8']);
    expect(body.errors).toEqual([
      { field: 'duration', message: expect.stringContaining('"x; y" is not a whole number') as string },
      { field: 'start', message: '"noon" is not a time like 2026-11-22T03:15:29Z' },
      { field: 'disposition', message: expect.stringContaining('"GONE" is not one of NO ANSWER') as string },
    ]);
  });

  it.each([
    [{ uniqueid: 1795314479.1 }, 'uniqueid', '1795314479.1 is a number, expected a text'],
    [{ src: { a: 1 } }, 'src', 'an object is not a text'],
    [{ duration: [] }, 'duration', 'a list of 0 is not a text'],
    [{ duration: true }, 'duration', '"true" is not a whole number'],
    [{ custom: ['a'] }, 'custom', 'a list of 1 is not an object of texts'],
    [{ custom: { did: { deep: 1 } } }, 'custom.did', 'an object is not a text'],
    [{ custom: { did: 5 } }, 'custom.did', '"5" is not a text'],
    [{ custom: { did: 'x'.repeat(4097) } }, 'custom.did', 'has 4097 characters, expected at most 4096'],
    [
      { custom: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`c${n}`, ''])) },
      'custom',
      'has 65 values, expected at most 64',
    ],
    [{ system: 'pbx9' }, 'system', '"pbx9" is not configured, expected one of pbx1, pbx2'],
    [{ userfeild: 'x' }, 'userfeild', 'is not a field of a record, expected one of clid, src,'],
    [{ constructor: 'x' }, 'constructor', 'is not a field of a record'],
  ])('refuses a record with a fault in its shape: %#', async (more, field, message) => {
    const { status, body } = await post<Problem>(of(more));
    expect(status).toBe(422);
    expect(body.errors).toEqual([{ field, message: expect.stringContaining(message) as string }]);
    expect(body.detail).toContain(`${field}: ${message}`);
  });

  it('wants the system named when there are several', async () => {
    const { body } = await post<Problem>(record());
    expect(body.errors).toEqual([{ field: 'system', message: 'is missing, expected one of pbx1, pbx2' }]);
  });

  it('tells at most 20 faults of a record, however many it has', async () => {
    const [result] = await results([Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`x${n}`, 1]))]);
    expect((result as { errors: unknown[] }).errors.length).toBeLessThanOrEqual(21);
  });

  it('knows a record with half a character in it again', async () => {
    const given = of({ sequence: null, src: 'a\ud800' });
    expect((await post(given)).status).toBe(201);
    expect((await post(given)).status).toBe(200);
  });

  it('takes an empty list, 1,000 records, and refuses 1,001', async () => {
    expect(await results([])).toEqual([]);
    const given = records(1000, { system: 'pbx1' });
    expect((await results(given)).filter(({ status }) => status === 'created')).toHaveLength(1000);
    const { status, body } = await post<Problem>([...given, of()]);
    expect([status, body.detail]).toEqual([413, '1001 records in one request, at most 1000 (limits.post_rows)']);
  });

  it('has room in a body for 1,000 records with every field at its longest', async () => {
    const texts = { clid: 4096, lastdata: 4096, userfield: 4096 };
    const short = ['src', 'dst', 'dcontext', 'channel', 'dstchannel', 'lastapp', 'accountcode', 'peeraccount'];
    const long = Object.fromEntries(
      [...Object.entries(texts), ...short.map((name): [string, number] => [name, 255])].map(([name, size]) => [
        name,
        'x'.repeat(size),
      ]),
    );
    const given = records(1000, { system: 'pbx1', ...long, linkedid: '1'.repeat(150) }).map((one) => ({
      ...one,
      uniqueid: String(one['uniqueid']).padStart(150, 'u'),
    }));
    expect((await results(given)).filter(({ status }) => status === 'created')).toHaveLength(1000);
  });

  it.each([
    ['{"uniqueid":', 400, 'not valid JSON'],
    ['', 400, 'the body is empty'],
    ['5', 400, 'expected a record or a list of records'],
    ['null', 400, 'expected a record or a list of records'],
    ['{"__proto__":{"system":"pbx1"}}', 400, '__proto__'],
    ['{"constructor":{"prototype":{"x":1}}}', 400, '__proto__'],
  ])('answers the body %j with a problem document', async (body, status, detail) => {
    const answer = await post<Problem>(body);
    expect([answer.status, answer.headers['content-type']]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.body).toMatchObject({ type: 'about:blank', status });
    expect(answer.body.detail).toContain(detail);
  });

  it('refuses a deeply nested body as a fault of its record, not with a crash', async () => {
    const { status, body } = await post<Problem>(
      `{"system":"pbx1","src":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
    );
    expect([status, body.errors]).toEqual([
      422,
      expect.arrayContaining([{ field: 'src', message: 'a list of 1 is not a text' }]),
    ]);
  });

  it.each(['text/plain', 'application/xml', 'multipart/form-data'])('answers 415 to %s', async (type) => {
    const { status } = await ask(house, 'POST', '/api/v1/cdrs', {
      token: writer,
      body: '{}',
      headers: { 'content-type': type },
    });
    expect(status).toBe(415);
  });

  it('answers 413 to a body over the limit, and 401 before it has read one', async () => {
    const huge = `[${' '.repeat(house.context.limits.body_bytes)}]`;
    expect((await post<Problem>(huge)).body).toMatchObject({
      status: 413,
      detail: expect.stringContaining('limits.body_bytes') as string,
    });
    expect((await post(huge, 'stranger')).status).toBe(401);
  });

  it('needs the scope write', async () => {
    const { status, body } = await post<Problem>(of(), await house.token('read'));
    expect([status, body.detail]).toEqual([403, 'this needs a token with the scope write, this one has read']);
    expect(await house.store.head()).toBe(0);
  });

  it('lets a company-bound writer make records of its company and of no other', async () => {
    const bound = await house.token('write', ['Alpha']);
    const answer = await results(
      [
        of({ accountcode: 'alpha' }),
        of({ accountcode: 'beta' }),
        of(),
        of({ accountcode: 'beta', peeraccount: 'ALPHA' }),
      ],
      bound,
    );
    expect(answer.map(({ status }) => status)).toEqual(['created', 'rejected', 'rejected', 'created']);
    expect(answer[1]).toEqual({
      status: 'rejected',
      errors: [{ field: 'company', message: '"beta" is not one of the companies of this token' }],
    });
  });

  it('lets a company-bound writer neither touch nor see the record of another company it meets', async () => {
    const theirs = of({ accountcode: 'beta' });
    await house.put([theirs]);
    const before = await house.store.one(1, null);
    const bound = await house.token('write', ['alpha']);
    const [answer] = await results(
      [{ ...theirs, accountcode: 'alpha', peeraccount: 'alpha', userfield: 'mine now' }],
      bound,
    );
    expect(answer).toMatchObject({ status: 'rejected' });
    expect(answer).not.toHaveProperty('id');
    expect(await house.store.one(1, null)).toEqual(before);
  });
});
