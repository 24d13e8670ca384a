import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../../../src/http/problem.ts';
import { ask, openHouse, record, type House } from '../../support.ts';

interface Call {
  id: number;
  caller: string | null;
  extensions: string[];
  records: number;
}
interface Page {
  calls: Call[];
  after: number | string | null;
  before: number | string | null;
  more: boolean;
}

/** Two records of one conversation: `from` to `to`, then on to `further`. */
const sentOn = (linkedid: string, hour: string, [from, to, further]: string[], companies: string[]) => {
  const part = (number: string, minute: number, accountcode: string, more: object) =>
    record({
      ...{ uniqueid: `${linkedid}.1`, linkedid, src: from!, dst: further!, accountcode, disposition: 'ANSWERED' },
      ...{ channel: `PJSIP/${from}-00000001`, dstchannel: `PJSIP/${number}-0000000${minute + 2}` },
      ...{ lastapp: 'Dial', lastdata: `PJSIP/${number},20`, duration: 60, billsec: 55 },
      start: `2026-11-22T${hour}:0${minute}:00Z`,
      answer: `2026-11-22T${hour}:0${minute}:05Z`,
      end: `2026-11-22T${hour}:0${minute + 1}:00Z`,
      ...more,
    });
  return [
    part(to!, 0, companies[0]!, { sequence: 1, clid: `"First of ${linkedid}" <1>` }),
    part(further!, 1, companies[1]!, { sequence: 2 }),
  ];
};

describe('calls over HTTP', () => {
  let house: House;
  let reader: string;
  let bound: string;
  beforeAll(async () => {
    house = await openHouse({ limits: { page_rows: 50 } });
    reader = await house.token('read');
    bound = await house.token('read', ['beta']);
    await house.put([
      ...sentOn('one', '05', ['101', '102', '103'], ['acme', 'acme']),
      ...sentOn('two', '03', ['104', '105', '106'], ['acme', 'beta']),
      record({
        linkedid: 'three',
        uniqueid: 'three.1',
        start: '2026-11-22T04:00:00Z',
        answer: '',
        end: '',
        accountcode: 'beta',
        disposition: 'BUSY',
        billsec: 0,
      }),
    ]);
  });
  afterAll(() => house.close());

  const get = <Body = Page>(query: string, token = reader) =>
    ask<Body>(house, 'GET', `/api/v1/calls${query}`, { token });
  const idsOf = ({ body }: { body: Page }) => body.calls.map(({ id }) => id);

  it('are found by the words of a record that the reader may see, between two times', async () => {
    const day = 'from=2026-11-22&to=2026-11-23';
    // The first part of the second conversation is acme's.
    expect(idsOf(await get(`?text=first%20two&${day}`))).toEqual([2]);
    expect(idsOf(await get(`?text=first%20two&${day}`, bound))).toEqual([]);
    expect(idsOf(await get(`?text=104&${day}`, bound))).toEqual([2]);
    expect((await get<string>(`.csv?columns=id&text=first%20two&${day}`)).body).toBe('id\r\n2\r\n');
    const wrong = async (query: string) => (await get<{ detail: string }>(query)).body.detail;
    expect(await wrong('?text=first')).toBe('text: a search for words needs from and to, at most 366 days apart');
    expect(await wrong(`?text=%2C&${day}`)).toBe('text: "," has no word');
    expect(await wrong(`?text=${'a%20'.repeat(8)}b%20c%20d%20e%20f%20g%20h%20i&${day}`)).toContain('at most 8');
  });

  it('are one for all the records that a conversation has left', async () => {
    const { body } = await get('?limit=1');
    expect(body.calls[0]).toMatchObject({
      ...{ id: 1, company: 'acme', caller: '101', called: '102', wanted: ['102', '103'], answered_by: '102' },
      ...{ direction: 'internal', outcome: 'answered', start: '2026-11-22T05:00:00Z', duration: 120 },
      ...{ ring_seconds: 5, talk_seconds: 110, queue_seconds: null, records: 2, legs: 2 },
      transfers: [{ kind: 'blind', by: '102', from: '102', to: '103' }],
    });
  });

  it.each([
    ['?company=ACME', [1, 2]],
    ['?company=beta', [2, 3]],
    ['?extension=106', [2]],
    ['?outcome=busy', [3]],
    ['?caller=101&called=102&answered_by=102', [1]],
    ['?prefix=10', [1, 2, 3]],
    ['?prefix=104', [2]],
    ['?linkedid=two', [2]],
    ['?uniqueid=three.1', [3]],
    ['?min_duration=100', [1, 2]],
    ['?from=2026-11-22T04:00:00Z&to=2026-11-22T05:00:00Z', [3]],
    // The first ends at 05:02, the third before the second begins.
    ['?end_from=2026-11-22T05:02:00Z', [1]],
    ['?to=2026-11-22T05:02:00Z&end_from=2026-11-22T05:01:59Z', [1]],
    ['?end_from=2026-11-22T05:02:01Z', []],
    ['?system=elsewhere', []],
    [`?filter=${encodeURIComponent('{"or":[{"outcome":"busy"},{"not":{"extension":"105"}}]}')}`, [1, 3]],
    ['?order=start', [2, 3, 1]],
    ['?order=-id&limit=2', [3, 2]],
    ['?before=3&limit=1', [2]],
  ])('are found by %s', async (query, ids) => {
    expect(idsOf(await get(query))).toEqual(ids);
  });

  it('come in pages, both ways, in every order', async () => {
    for (const order of ['id', '-id', 'start', '-start']) {
      const whole = idsOf(await get(`?order=${order}`));
      const ids: number[] = [];
      let page = await get(`?order=${order}&limit=1`);
      for (; ; page = await get(`?order=${order}&limit=1&after=${page.body.after}`)) {
        ids.push(...idsOf(page));
        if (!page.body.more) break;
      }
      expect(ids).toEqual(whole);
      expect(idsOf(await get(`?order=${order}&limit=2&before=${page.body.before}`))).toEqual(whole.slice(0, 2));
    }
  });

  it('have legs and records when asked for one by one', async () => {
    const { status, body } = await get<{ path: object[]; cdrs: { id: number }[] }>('/1');
    expect(status).toBe(200);
    expect(body.path).toMatchObject([
      { cdrs: [1], from: '101', to: '102', result: 'connected', app: 'Dial' },
      { cdrs: [2], from: '101', to: '103', result: 'connected', answer: '2026-11-22T05:01:05Z' },
    ]);
    expect(body.cdrs.map(({ id }) => id)).toEqual([1, 2]);
    expect((await get<Problem>('/99')).body).toMatchObject({ status: 404, detail: 'there is no call 99' });
  });

  it('show a bound reader what its own records tell, and are found by nothing else', async () => {
    expect(await get('', bound)).toMatchObject({
      body: {
        calls: [
          { id: 2, company: 'beta', extensions: ['104', '106'], records: 1, start: '2026-11-22T03:01:00Z' },
          { id: 3 },
        ],
      },
    });
    expect(idsOf(await get('?extension=105', bound))).toEqual([]);
    expect(idsOf(await get('?to=2026-11-22T03:01:00Z', bound))).toEqual([]);
    expect(idsOf(await get('?company=acme', bound))).toEqual([]);
    expect((await get<{ cdrs: { id: number }[] }>('/2', bound)).body.cdrs.map(({ id }) => id)).toEqual([4]);
    expect((await get('/1', bound)).status).toBe(404);
  });

  it('are exported as CSV and as JSON lines', async () => {
    const csv = (await get<string>('.csv?columns=id,caller,called,outcome,talk_seconds,extensions&order=-id', reader))
      .body;
    expect(csv.split('\r\n').slice(0, 3)).toEqual([
      'id,caller,called,outcome,talk_seconds,extensions',
      '3,100,442079460000,busy,0,"[""100""]"',
      '2,104,105,answered,110,"[""104"",""105"",""106""]"',
    ]);
    const lines = (await get<string>('.ndjson?company=beta', bound)).body.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Call).id)).toEqual([2, 3]);
  });

  it.each(['start', '-start', 'id', '-id'])(
    'are exported by %s with the place of each line, where another export goes on',
    async (order) => {
      for (const token of [reader, bound]) {
        const asked = `.ndjson?columns=cursor,id,start&order=${order}`;
        const lines = async (more = '') => {
          const { body } = await get<string>(asked + more, token);
          return body
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line) as Call & { cursor: string | number });
        };
        const whole = await lines();
        expect(whole).toHaveLength(token === reader ? 3 : 2);
        expect(idsOf({ body: { calls: whole } } as never)).toEqual(idsOf(await get(`?order=${order}`, token)));
        for (const [at, { cursor }] of whole.entries())
          expect(await lines(`&after=${cursor}`)).toEqual(whole.slice(at + 1));
      }
      expect((await get<string>(`.csv?order=${order}`)).body.split('\r\n')[0]).not.toContain('cursor');
    },
  );

  it.each([
    ['?outcome=lost', 'outcome: "lost" is not one of'],
    ['?disposition=BUSY', 'disposition'],
    ['?from=yesterday', 'from: "yesterday" is not a time'],
    ['?order=start&after=7', 'after: "7" is no place in the order by start'],
    [`?filter=${encodeURIComponent('{"tag":"x"}')}`, 'filter.tag'],
  ])('refuse %s with 400 and a sentence', async (query, sentence) => {
    const { status, body } = await get<Problem>(query);
    expect([status, body.detail]).toEqual([400, expect.stringContaining(sentence)]);
  });

  it('need a token', async () => {
    expect((await ask(house, 'GET', '/api/v1/calls', {})).status).toBe(401);
    expect((await ask(house, 'POST', '/api/v1/calls', { token: reader, body: {} })).status).toBe(405);
  });
});

describe.each(['id', 'start', '-start'])('an export of calls by %s', (order) => {
  it('is of those there were when it began, however many come meanwhile', async () => {
    const count = 501;
    const call = (at: number) =>
      record({
        ...{ uniqueid: `1795314479.${at}`, linkedid: `1795314479.${at}`, channel: `PJSIP/7-${at}`, dstchannel: '' },
        start: `2026-11-22T0${4 - Math.floor(at / 300)}:00:00Z`,
      });
    let next = count;
    const house = await openHouse({
      store: (store) => ({
        ...store,
        listCalls: async (query) => {
          const page = await store.listCalls(query);
          if (query.limit > 1) await house.put([call((next += 1)), call((next += 1) % 300)]);
          return page;
        },
      }),
    });
    await house.put(Array.from({ length: count }, (_, at) => call(at)));
    const token = await house.token('read');
    const url = `/api/v1/calls.ndjson?columns=id&order=${order}`;
    const { body } = await ask<string>(house, 'GET', url, { token });
    const ids = body.match(/\d+/g)!.map(Number);
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
    expect(next).toBeGreaterThan(count + 1);
    await house.close();
  });
});
