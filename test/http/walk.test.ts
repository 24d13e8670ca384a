// Every route there is, walked with a token of another company, after the owner was shown rows: nothing of the owner's
// comes out, whatever is asked and however. The list of routes is the daemon's own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendTo } from '../support/store.ts';
import { someCdr } from '../support/rows.ts';
import { routesOfApp } from './documented.ts';
import { password } from './people.ts';
import { adminToken, ask, openHouse, type House } from './support.ts';

/** In every text of the owner's record that an answer could repeat. */
const secret = '4477001';
const mine = '300';
/** The caller of records that the walk makes. */
const made = '999';

describe('a token of another company', () => {
  let house: House;
  let tokens: Record<'owner' | 'foreign' | 'foreignAdmin', string>;
  let routes: { method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'HEAD'; url: string }[];

  beforeAll(async () => {
    // PortSIP's lists have a path of LaraCopilot's.
    house = await openHouse({ listeners: [{}, { dialects: ['portsip'], prefix: '/at' }] });
    const theirs = {
      accountcode: 'acme',
      peeraccount: 'acme',
      src: secret,
      dst: secret,
      clid: `"${secret}" <${secret}>`,
    };
    await appendTo(house.store, 'pbx1/table', [
      someCdr(1, { ...theirs, userfield: secret, custom: { did: secret } }),
      someCdr(2, { accountcode: 'beta', peeraccount: 'beta', src: mine }),
      someCdr(3, { ...theirs }),
    ]);
    house.feed.wake();
    const edit = { note: secret, tags: [secret] };
    await ask(house, 'PATCH', '/api/v1/cdrs/1', { token: adminToken, body: edit });
    const make = (list: string, body: object) => ask(house, 'POST', `/api/v1/${list}`, { token: adminToken, body });
    await make('extensions', { company: 'acme', number: secret });
    await make('dids', { company: 'acme', number: secret, name: secret });
    await make('trunks', { company: 'acme', peer: `PJSIP/${secret}`, name: secret });
    await make('endpoints', { company: 'acme', peer: `SIP/${secret}`, kind: 'extension', extension: secret });
    await ask(house, 'PATCH', '/api/v1/companies/1', { token: adminToken, body: { name: secret } });
    await make('users', {
      name: `${secret}@acme.example`,
      password,
      role: 'user',
      companies: ['acme'],
      extensions: [secret],
    });
    const [tenant_id, destination] = [1, secret];
    const rate = { tenant_id, prefix: '4477', destination, cost_per_minute: 1, billing_increment: 60 };
    await ask(house, 'POST', '/api/rates', { token: adminToken, body: rate });
    await house.put([{ uniqueid: secret }]).catch(() => undefined);
    tokens = {
      owner: await house.token('admin', ['acme']),
      foreign: await house.token('read', ['beta']),
      foreignAdmin: await house.token('admin', ['beta']),
    };
    const report = { start_time: '2026-11-18T00:00:00Z', report_name: secret };
    await ask(house, 'POST', '/reporting/cdr_requests', { token: tokens.owner, body: report });
    // Vendors' routes too, which are in no document of ours; a route of several methods only says what it does not have.
    routes = routesOfApp(house.app).flatMap(({ method, url }) =>
      typeof method === 'string' && method !== 'HEAD'
        ? [
            {
              method: method as 'GET',
              url: url
                .replace(/\/\*$/, '')
                .replace(':type', 'cdr')
                .replace(/:\w+(\([^)]*\))?/g, '1'),
            },
          ]
        : [],
    );
  });
  afterAll(() => house.close());

  const queries = [
    '',
    '?after=0&limit=100',
    `?src=${secret}`,
    `?search=${secret}`,
    '?company=acme',
    '?raw=1',
    `?filter={"prefix":"${secret}"}`,
  ];
  const bodies = [
    { filter: { company: 'acme' }, limit: 100 },
    { type: 'cdr', scope: { minID: 1, maxRows: 500 } },
    { note: 'x' },
    { handle: 'acme', name: 'x' },
    [{ id: 1, info: 'x', labels: ['x'] }],
    { start_time: '2026-11-18T00:00:00Z', call_types: [1, 2], record_types: [1, 2, 3] },
    {
      ...{ tenant_id: 2, caller_number: made, destination_number: 'x', direction: 'inbound', disposition: 'BUSY' },
      ...{ duration_seconds: 1, bill_seconds: 0, cost: 0, started_at: '2026-11-22' },
    },
  ];

  /** Everything that this token is answered anywhere, as one text per request. */
  const walk = async (token: string, among = routes): Promise<{ asked: string; status: number; text: string }[]> => {
    const answers: { asked: string; status: number; text: string }[] = [];
    for (const { method, url } of among) {
      // The stream has no end; its walls are those of the feed, which its own tests hold.
      if (url === '/api/v1/live' || url === '/live' || url.includes('session')) continue;
      for (const query of method === 'GET' ? queries : ['']) {
        for (const body of method === 'GET' ? [undefined] : bodies) {
          const { status, body: told } = await ask(house, method, `${url}${encodeURI(query)}`, {
            token,
            ...(body && method !== 'DELETE' ? { body } : {}),
          });
          const text = typeof told === 'string' ? told : JSON.stringify(told);
          answers.push({ asked: `${method} ${url}${query}`, status, text });
        }
      }
    }
    return answers;
  };

  it('is told nothing of a record by any route, where its owner was shown it', { timeout: 240_000 }, async () => {
    const reads = routes.filter(({ method }) => method === 'GET');
    expect(reads.length).toBeGreaterThan(20);
    const owner = new Set((await walk(tokens.owner, reads)).filter(has).map(({ asked }) => asked));
    for (const wanted of [
      '/api/v1/cdrs',
      '/api/v1/cdrs.csv',
      '/api/v1/cdrs.ndjson',
      '/api/v1/cdrs/1',
      '/api/v1/changes',
      '/api/v1/companies',
      '/api/v1/extensions',
      '/api/v1/dids',
      '/api/v1/trunks',
      '/api/v1/endpoints',
      '/api/v1/calls',
      '/api/v1/calls/1',
      '/rest/call/read',
      '/api/tenants',
      '/api/rates',
      '/api/cdrs?search',
      '/api/cdrs/1',
      '/api/extensions',
      '/reporting/cdr_requests',
      '/v2/legacy/reporting/batch_detail_records/voice',
      '/v1.1/voipstudio/cdrs',
      '/v1.2/voipstudio/cdrs/1',
      '/v1.1/voipstudio/cdrs/1/notes',
      '/at/api/cdrs',
      '/at/api/cdrs/1',
      '/at/api/user/cdrs',
      '/at/api/user/cdrs/1',
    ]) {
      expect(
        [...owner].some((asked) => asked.startsWith(`GET ${wanted}`)),
        wanted,
      ).toBe(true);
    }
    for (const token of [tokens.foreign, tokens.foreignAdmin]) {
      // What one asks for may be repeated in a fault; what is found may not.
      const leaks = (await walk(token)).filter((answer) => has(answer) && !answer.asked.includes(secret));
      expect(leaks).toEqual([]);
      // An admin of a company may hide all that is its own, and has.
      await ask(house, 'PATCH', '/api/v1/cdrs/2', { token: adminToken, body: { hidden: false } });
      const own = await ask<{ cdrs: { src: string }[] }>(house, 'GET', '/api/v1/cdrs', { token });
      // The last of the bodies makes records, for those who may.
      const others = own.body.cdrs.map(({ src }) => src).filter((src) => src !== made);
      expect(others).toEqual([mine]);
    }
    const { body } = await ask<{ note: string; tags: string[] }>(house, 'GET', '/api/v1/cdrs/1', {
      token: tokens.owner,
    });
    expect([body.note, body.tags]).toEqual([secret, [secret]]);
  });

  const has = ({ status, text }: { status: number; text: string }) => status < 300 && text.includes(secret);
});
