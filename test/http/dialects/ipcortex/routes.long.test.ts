import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminToken, ask, openHouse, record, records, type House } from '../../support.ts';

interface Reply {
  result: string;
  message?: string;
  minID?: number | null;
  maxRows?: number;
  values?: Record<string, unknown>[];
  numrows?: number;
  numRows?: number;
}

/** The row of the vendor's documentation; its clid is damaged there (quotes without escapes). */
const seed = {
  calldate: '2016-03-22 10:52:41+00',
  clid: '"Bob\'s Desk" <01908276650>',
  src: '01908276650',
  dst: '441908276650',
  dcontext: 'voip-external',
  channel: 'IAX2/handbag-3265',
  dstchannel: '',
  lastapp: 'ResetCDR',
  lastdata: 'wv',
  duration: 45,
  billsec: 45,
  disposition: 'ANSWERED',
  amaflags: 2,
  accountcode: 'default',
  uniqueid: '1458643961.228',
  properties: {
    xfer: '',
    target: 'default',
    company: 'default',
    src_ext: '01908276654',
    dial_full: '227',
    dial_short: '227',
    bill_to: '',
  },
};

describe('POST /rest/call/read', () => {
  let house: House;
  let key: string;
  beforeEach(async () => {
    house = await openHouse();
    key = await house.token('read');
  });
  afterEach(() => house.close());

  const raw = async (
    body: unknown,
    { url = '/rest/call/read', headers = {} }: { url?: string; headers?: Record<string, string> } = {},
  ) => {
    const answer = await ask<Reply>(house, 'POST', url, { body, headers });
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const read = (scope?: unknown, auth: unknown = { type: 'auth', key }) => raw({ type: 'cdr', scope, auth });
  const ids = async (scope?: unknown) => (await read(scope)).values!.map(({ acctid }) => acctid);

  it("gives the vendor's example row back, field by field, as its documentation shows it", async () => {
    const { calldate, properties, ...fields } = seed;
    const posted = await ask(house, 'POST', '/api/v1/cdrs', {
      token: adminToken,
      body: { ...fields, start: calldate.replace(' ', 'T').replace('+00', 'Z'), custom: properties },
    });
    expect(posted.status).toBe(201);
    expect(await read()).toEqual({
      result: 'success',
      minID: null,
      maxRows: 500,
      // The line is what cdrd worked out: the row has none.
      values: [{ ...seed, properties: { ...seed.properties, trunk: 'handbag' }, acctid: 1, linkedid: '' }],
      numrows: 1,
      numRows: 1,
    });
    expect(new Date(seed.calldate).toISOString()).toBe('2016-03-22T10:52:41.000Z');
  });

  it('orders by acctid, from minID on, at most maxRows', async () => {
    await house.put([
      record({ start: '2026-11-22T05:00:00Z' }),
      record({ start: '2026-11-22T04:00:00Z' }),
      record({ start: '2026-11-22T03:00:00Z' }),
    ]);
    expect(await ids()).toEqual([1, 2, 3]);
    expect(await ids({ minID: 2 })).toEqual([2, 3]);
    expect(await read({ minID: 2, maxRows: 1 })).toMatchObject({
      minID: 2,
      maxRows: 1,
      numrows: 1,
      numRows: 1,
      values: [{ acctid: 2 }],
    });
    expect(await read({ minID: 4 })).toMatchObject({ result: 'success', minID: 4, values: [], numrows: 0 });
    expect(await read({ minID: null, maxRows: null, minDate: null, maxDate: null })).toMatchObject({
      minID: null,
      maxRows: 500,
      numRows: 3,
    });
  });

  it('gives 500 rows unless asked for more', async () => {
    await house.put(records(600));
    expect(await read()).toMatchObject({ maxRows: 500, numrows: 500 });
    expect(await read({ maxRows: 10_000 })).toMatchObject({ maxRows: 10_000, numrows: 600 });
  });

  it('takes both dates as belonging to the range, in milliseconds', async () => {
    await house.put(
      ['04:00:00Z', '04:00:00.001999Z', '04:00:00.002Z'].map((time) => record({ start: `2026-11-22T${time}` })),
    );
    const start = Date.parse('2026-11-22T04:00:00Z');
    expect(await ids({ minDate: start, maxDate: start })).toEqual([1]);
    expect(await ids({ minDate: start, maxDate: start + 1 })).toEqual([1, 2]);
    expect(await ids({ minDate: start + 1 })).toEqual([2, 3]);
    expect(await ids({ maxDate: start - 1 })).toEqual([]);
  });

  it.each([
    [{ minID: '1' }, 'minID: "1" is not a whole number from 0 or null'],
    [{ minID: -1 }, 'minID: -1 is not a whole number from 0 or null'],
    [{ maxRows: 0 }, 'maxRows: 0 is not a whole number from 1 to 10000 or null'],
    [{ maxRows: 10_001 }, 'maxRows: 10001 is not a whole number from 1 to 10000 or null'],
    [{ minDate: '2026-11-22' }, 'minDate: "2026-11-22" is not a whole number from 0'],
    [{ maxDate: 1.5 }, 'maxDate: 1.5 is not a whole number from 0'],
    [{ maxDate: 1e300 }, 'maxDate: 1e+300 is not a whole number from 0'],
    [[], 'scope: a list is not an object'],
    ['all', 'scope: "all" is not an object'],
  ])('fails with HTTP 200 and a sentence for the scope %j', async (scope, message) => {
    const answer = await read(scope);
    expect(answer).toEqual({ result: 'fail', message: expect.stringContaining(message) as string });
  });

  it('ignores what newer clients add to the scope', async () => {
    await house.put([record()]);
    expect(await ids({ queuedata: true, cachedata: false })).toEqual([1]);
  });

  it('reads the body whatever its content type says', async () => {
    await house.put([record()]);
    const body = JSON.stringify({ type: 'cdr', auth: { type: 'auth', key } });
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'nonsense', '']) {
      expect(await raw(body, { headers: { 'content-type': type } })).toMatchObject({ result: 'success', numrows: 1 });
    }
    const response = await fetch(`${house.url}/rest/call/read`, { method: 'POST', body: Buffer.from(body) });
    expect(await response.json()).toMatchObject({ result: 'success', numrows: 1 });
  });

  it('reads an absent body, or one that is no JSON object, as {}: then the key comes from the header', async () => {
    const headers = { authorization: `Bearer ${key}` };
    for (const body of ['', '{', '[]', '"x"', 'null', '5']) {
      expect(await raw(body, { headers })).toMatchObject({ result: 'success', numrows: 0 });
      expect(await raw(body)).toMatchObject({
        result: 'fail',
        message: expect.stringContaining('a key is needed') as string,
      });
    }
    const got = await ask<Reply>(house, 'GET', '/rest/call/read/cdr', { headers });
    expect(got.body).toMatchObject({ result: 'success' });
  });

  it('takes the type from the path or the body, and knows only cdr', async () => {
    const auth = { type: 'auth', key };
    expect(await raw({ auth }, { url: '/rest/call/read/cdr' })).toMatchObject({ result: 'success' });
    expect(await raw({ auth })).toMatchObject({ result: 'success' });
    expect(await raw({ auth, type: 'queue' })).toEqual({ result: 'fail', message: 'type: "queue" is not "cdr"' });
    expect(await raw({ auth, type: { a: 1 } })).toEqual({ result: 'fail', message: 'type: an object is not "cdr"' });
    expect(await raw({ auth }, { url: '/rest/call/read/queue' })).toMatchObject({ result: 'fail' });
    expect(await raw({ auth }, { url: '/rest/user/read' })).toEqual({
      result: 'fail',
      message: 'unknown command /rest/user/read',
    });
  });

  it('fails with HTTP 200 without a good key, whatever shape it has', async () => {
    for (const auth of [
      undefined,
      null,
      'x',
      5,
      [],
      {},
      { key: 5 },
      { key: '' },
      { type: 'auth', key: 'wrong' },
      { __proto__: { key } },
    ]) {
      const { result, message } = await raw(JSON.stringify({ type: 'cdr', auth }));
      expect([result, message]).toEqual([
        'fail',
        expect.stringMatching(/a key is needed|unknown or revoked/) as string,
      ]);
    }
    expect(await raw(`{"__proto__":{"auth":{"key":"${key}"}}}`)).toMatchObject({ result: 'fail' });
    expect(await read(undefined, { type: 'auth', key: adminToken })).toMatchObject({ result: 'success' });
  });

  it('takes in no more of a body than a request of this vendor needs, since anybody may send one', async () => {
    const { result, message } = await raw(`{"pad":"${'x'.repeat(70_000)}"}`);
    expect([result, message]).toEqual(['fail', 'the body is larger than 65536 bytes']);
    expect(await raw(`{"pad":"${'x'.repeat(70_000)}"}`, { url: '/rest/user/read' })).toMatchObject({
      message: 'unknown command /rest/user/read',
    });
  });

  it("shows a company's key only its own rows", async () => {
    await house.put([
      record({ accountcode: 'alpha' }),
      record({ accountcode: 'beta' }),
      record({ accountcode: 'beta', peeraccount: 'ALPHA' }),
      record(),
    ]);
    expect(await ids()).toEqual([1, 2, 3, 4]);
    const bound = { type: 'auth', key: await house.token('admin', ['Alpha']) };
    const answer = await read({ minID: 0 }, bound);
    expect(answer.values!.map(({ acctid }) => acctid)).toEqual([1, 3]);
    expect(await read({ minID: 2, maxRows: 1 }, bound)).toMatchObject({ values: [{ acctid: 3 }] });
  });

  it.each([
    ['NO ANSWER', 'NOANSWER'],
    ['CANCEL', 'NOANSWER'],
    ['CONGESTION', 'FAILED'],
    ['UNKNOWN', 'FAILED'],
    ['BUSY', 'BUSY'],
  ])('says %s as %s', async (disposition, word) => {
    await house.put([record({ disposition })]);
    expect((await read()).values![0]).toMatchObject({ disposition: word });
  });

  it('fills properties from what cdrd worked out, omits what nobody knows, and shows flags only when true', async () => {
    await house.put([
      record({ accountcode: 'alpha' }),
      record({
        src: '441632960000',
        channel: 'PJSIP/trunk-00000001',
        dst: '100',
        dstchannel: 'PJSIP/100-00000002',
        custom: { is_ivr: '1', is_park: '0', trunk: 'out', trunk_out: 'no word of the vendor' },
      }),
      record({ src: '441632960000', channel: 'PJSIP/100-00000001' }),
    ]);
    const [outbound, inbound, masked] = (await read()).values!.map(({ properties }) => properties);
    const out = { src_ext: '100', dial_full: '442079460000', trunk: 'trunk' };
    expect(outbound).toEqual({ company: 'alpha', ...out });
    expect(inbound).toEqual({ src_ext: '441632960000', is_ivr: true, trunk: 'out' });
    expect(masked).toEqual(out);
  });
});
