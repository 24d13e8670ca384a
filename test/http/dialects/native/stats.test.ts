import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunningShape, StatsShape } from '../../../../src/http/dialects/native/statsshape.ts';
import { record as leg } from '../../../cdr/conversation.ts';
import { appendTo } from '../../../support/store.ts';
import { addUser, cookieFrom, login } from '../../people.ts';
import { adminToken, ask, openHouse, type Answer, type House } from '../../support.ts';

type Told<Shape> = Answer<Shape & { detail: string }>;
const day = new Date(leg('101-1 > 102-2 Dial 0 0 1').start / 1000).toISOString().slice(0, 10);
const span = `from=${day}&to=${new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)}`;

describe('GET /api/v1/stats', () => {
  let house: House;
  const tokens: Record<string, string> = { all: adminToken };
  beforeAll(async () => {
    house = await openHouse();
    const of = (company: string, trunk?: string) => ({ custom: { company, ...(trunk ? { trunk } : {}) } });
    await appendTo(house.store, 'pbx1/api', [
      leg('101-1 > 102-2 Dial 0 2 122', of('acme')),
      leg('101-3 > 103-4 Dial 10 - 30', of('acme', 'telco')),
      // One call, of which each company sees a leg.
      leg('101-5 > 102-6 Dial 40 41 101', { ...of('acme'), linkedid: 'shared' }),
      leg('201-7 > 202-8 Dial 50 55 65', { ...of('beta'), linkedid: 'shared' }),
      leg('201-9 > 202-10 Dial 70 - 90', of('beta')),
    ]);
    for (const companies of [['acme'], ['beta'], ['gamma'], ['acme', 'beta']])
      tokens[companies.join(' and ')] = await house.token('read', companies);
  });
  afterAll(() => house.close());

  const stats = (query: string, token = 'all') =>
    ask<StatsShape>(house, 'GET', `/api/v1/stats?${span}&${query}`, { token: tokens[token]! }) as Promise<
      Told<StatsShape>
    >;
  const running = (query: string, token = 'all') =>
    ask<RunningShape>(house, 'GET', `/api/v1/stats/concurrency?${query}`, { token: tokens[token]! }) as Promise<
      Told<RunningShape>
    >;

  it('tells count, ASR, ACD, talk and ring time of what was asked for, and that it comes of kept counts', async () => {
    const { status, body } = await stats('by=outcome');
    expect(status).toBe(200);
    expect(body).toMatchObject({ source: 'rollups', because: null, zone: 'UTC', from: `${day}T00:00:00Z` });
    expect(body.total).toEqual({ calls: 4, answered: 2, asr: 0.5, talk: 180, acd: 90, ring: 43, rung: 4, records: 5 });
    expect(body.rows).toEqual([
      { outcome: 'answered', calls: 2, answered: 2, asr: 1, talk: 180, acd: 90, ring: 3, rung: 2, records: 3 },
      { outcome: 'missed', calls: 2, answered: 0, asr: 0, talk: 0, acd: null, ring: 40, rung: 2, records: 2 },
    ]);
  });

  it('shows each company its own calls and its own part of shared ones, and nothing of others', async () => {
    const talk = async (token: string, query = '') => {
      const { body } = await stats(query, token);
      return [body.source, body.total.calls, body.total.talk, body.total.records];
    };
    expect(await talk('acme')).toEqual(['rollups', 3, 180, 3]);
    expect(await talk('beta')).toEqual(['rollups', 2, 10, 2]);
    expect(await talk('gamma')).toEqual(['rollups', 0, 0, 0]);
    expect(await talk('beta', 'company=acme')).toEqual(['rollups', 0, 0, 0]);
    expect(await talk('all', 'company=ACME')).toEqual(['rollups', 3, 180, 3]);
    // Each call once: together they see what everybody does.
    expect(await talk('acme and beta')).toEqual(['scan', 4, 180, 5]);
    expect(await talk('acme and beta', 'company=beta')).toEqual(['rollups', 2, 10, 2]);
    // Neither the answer of a scan shows what is not theirs.
    for (const query of ['prefix=201', 'prefix=201&by=company', 'caller=201&by=extension']) {
      expect((await stats(query, 'acme')).body).toMatchObject({ source: 'scan', total: { calls: 0 }, rows: [] });
      expect((await stats(query, 'gamma')).body).toMatchObject({ source: 'scan', total: { calls: 0 }, rows: [] });
    }
    const byCompany = await stats('by=company', 'beta');
    expect(byCompany.body.rows.map(({ company, calls }) => [company, calls])).toEqual([['beta', 2]]);
    const extensions = await stats('by=extension', 'beta');
    expect(extensions.body.rows.map(({ extension, calls }) => [extension, calls])).toEqual([
      ['201', 2],
      ['202', 2],
    ]);
  });

  it('answers a user of single extensions by a look at its own calls', async () => {
    await addUser(house, 'una', { role: 'user', companies: ['acme'], extensions: ['103'] });
    const headers = { cookie: cookieFrom(await login(house, 'una')) };
    const { body } = await ask<StatsShape>(house, 'GET', `/api/v1/stats?${span}&by=company,outcome`, { headers });
    expect(body).toMatchObject({ source: 'scan', total: { calls: 1 }, rows: [{ company: 'acme', outcome: 'missed' }] });
    expect(body.because).toBe('no counts are kept of what a user of single extensions sees');
    const curve = await ask<RunningShape>(house, 'GET', `/api/v1/stats/concurrency?${span}`, { headers });
    expect(curve.body).toMatchObject({ source: 'scan', because: body.because });
  });

  it('says of a scan why it was one, and finds the same', async () => {
    const kept = (await stats('by=hour,trunk')).body;
    const looked = (await stats('by=hour,trunk&extension=103')).body;
    expect(looked.because).toBe('no counts are kept by extension and trunk together');
    expect([kept.source, looked.source, looked.rows]).toEqual(['rollups', 'scan', kept.rows]);
    expect((await stats('min_duration=100')).body).toMatchObject({
      ...{
        source: 'scan',
        because: 'no counts are kept by more than company, extension, trunk, direction and outcome',
      },
      total: { calls: 1 },
    });
    const odd = await ask<StatsShape>(house, 'GET', `/api/v1/stats?${span.replace(/&to.*/, '')}&to=${day}T23:59:00Z`, {
      token: adminToken,
    });
    expect(odd.body).toMatchObject({ source: 'scan', because: 'counts are kept by full quarters of an hour' });
    const begun = await ask<StatsShape>(house, 'GET', `/api/v1/stats?from=${day}T00:07:00Z&to=${day}T23:00:00Z`, {
      token: adminToken,
    });
    expect(begun.body.because).toBe('counts are kept by full quarters of an hour');
    expect((await stats('zone=Africa/Monrovia')).body).toMatchObject({ source: 'rollups' });
    const early = '/api/v1/stats?from=1971-01-01&to=1971-02-01&zone=Africa/Monrovia';
    expect((await ask<StatsShape>(house, 'GET', early, { token: adminToken })).body.because).toBe(
      'the clock of this zone was not set by quarters of an hour then',
    );
  });

  it('shows days of a zone, and when each of its hours and quarters begins', async () => {
    const { body } = await stats('by=day,hour&zone=Asia/Kolkata');
    const [row] = body.rows as [StatsShape['rows'][number]];
    const begin = leg('101-1 > 102-2 Dial 0 0 1').start / 1000;
    const local = new Date(begin + 330 * 60_000);
    expect([row.day, row.hour]).toEqual([local.toISOString().slice(0, 10), local.getUTCHours()]);
    expect(begin - Date.parse(row.at!)).toBe(local.getUTCMinutes() * 60_000 + local.getUTCSeconds() * 1000);
    const quarters = await stats('by=day,hour,quarter&zone=Asia/Kolkata');
    const [first] = quarters.body.rows as [StatsShape['rows'][number]];
    const minutes = local.getUTCMinutes();
    expect([first.hour, first.quarter]).toEqual([local.getUTCHours(), minutes - (minutes % 15)]);
    expect(begin - Date.parse(first.at!)).toBe((minutes % 15) * 60_000 + local.getUTCSeconds() * 1000);
  });

  it('shows rows as CSV, with all columns in their order', async () => {
    const { body } = await ask(house, 'GET', `/api/v1/stats.csv?${span}&by=outcome&columns=outcome,calls,acd`, {
      token: adminToken,
    });
    expect(body).toBe('outcome,calls,acd\r\nanswered,2,90\r\nmissed,2,\r\n');
  });

  it('tells how many calls ran at each full minute, through the wall', async () => {
    const base = leg('101-1 > 102-2 Dial 0 0 1').start;
    const at = (minutes: number) => new Date(base / 1000 + minutes * 60_000).toISOString().slice(0, 17) + '00Z';
    const query = `from=${at(0)}&to=${at(4)}&step=minute`;
    const points = async (token: string, more = '') => {
      const { body } = await running(`${query}${more}`, token);
      return body.points.map(({ calls, peak }) => `${calls}/${peak}`).join(' ');
    };
    expect(await points('all')).toBe('0/0 2/2 1/1 0/0');
    expect(await points('acme')).toBe('0/0 2/2 1/1 0/0');
    expect(await points('beta')).toBe('0/0 1/1 0/0 0/0');
    expect(await points('gamma')).toBe('0/0 0/0 0/0 0/0');
    expect(await points('acme', '&company=beta')).toBe('0/0 0/0 0/0 0/0');
    expect(await points('all', '&company=beta')).toBe(await points('beta'));
    expect(await points('acme and beta')).toBe(await points('all'));
    expect((await running(query, 'acme and beta')).body).toMatchObject({
      ...{ source: 'scan', because: 'no counts are kept of what several companies see together' },
    });
    expect(await points('acme and beta', '&company=acme')).toBe(await points('acme'));
  });

  it('draws the curve of a trunk, a direction or any other part by a look at every call, and says so', async () => {
    const query = `from=${day}T12:00:00Z&to=${day}T12:10:00Z&step=minute`;
    const kept = (await running(query)).body;
    expect(kept).toMatchObject({ source: 'rollups', because: null });
    const looked = (await running(`${query}&min_duration=0`)).body;
    expect(looked).toMatchObject({
      ...{ source: 'scan', because: 'comings and goings are kept of all calls and of those of a company only' },
      points: kept.points,
    });
    const sum = async (more: string) =>
      (await running(`${query}&${more}`)).body.points.reduce((all, { calls }) => all + calls, 0);
    const all = kept.points.reduce((sumOf, { calls }) => sumOf + calls, 0);
    expect((await sum('person=yes')) + (await sum('person=no'))).toBe(all);
    expect((await sum('extension=103')) < all).toBe(true);
    expect(await sum('trunk=nosuch')).toBe(0);
    // What runs already when it begins counts, too.
    const later = `from=${day}T12:01:00Z&to=${day}T12:02:00Z&step=minute`;
    expect((await running(`${later}&min_duration=0`)).body.points).toEqual((await running(later)).body.points);
    const csv = await ask<string>(house, 'GET', `/api/v1/stats/concurrency.csv?${query}`, { token: adminToken });
    expect(csv.body.split('\r\n').slice(0, 2)).toEqual([
      'at,calls,peak',
      [kept.points[0]!.at, kept.points[0]!.calls, kept.points[0]!.peak].join(','),
    ]);
  });

  it('says which place of the change sequence it is of, counted again while changes come, and null where they do not end', async () => {
    const { store } = house;
    const append = () =>
      appendTo(store, 'pbx1/api', [
        leg(`101-${(told += 1)} > 102-1${told} Dial 0 2 122`, { linkedid: `late ${told}` }),
      ]);
    let told = 500;
    const query = `/api/v1/stats?from=2020-01-01&to=2020-01-02`;
    const seq = async (path = query) => (await ask<StatsShape>(house, 'GET', path, { token: adminToken })).body.seq;
    expect(await seq()).toBe(await store.head());
    const { stats: count } = store;
    const disturbed = vi.spyOn(store, 'stats');
    disturbed.mockImplementationOnce(async (...given) => {
      const answer = await count(...given);
      await append();
      return answer;
    });
    expect(await seq()).toBe(await store.head());
    expect(disturbed).toHaveBeenCalledTimes(2);
    disturbed.mockImplementation(async (...given) => {
      await append();
      return count(...given);
    });
    expect(await seq()).toBe(null);
    expect(disturbed.mock.calls.length).toBeGreaterThan(4);
    disturbed.mockRestore();
    const scan = await ask<StatsShape>(house, 'GET', `${query}&prefix=9`, { token: adminToken });
    expect(scan.body).toMatchObject({ source: 'scan', seq: await store.head() });
    const curve = `/api/v1/stats/concurrency?from=2020-01-01&to=2020-01-02&step=hour`;
    expect(await seq(curve)).toBe(await store.head());
  });

  it.each([
    [
      'by=hours',
      'by: "hours" is not one of day, weekday, hour, quarter, company, extension, trunk, direction, outcome',
    ],
    ['by=day,day', 'by: "day" is named twice'],
    ['zone=Mars', 'zone: "Mars" is not the IANA name of a zone, like Europe/London or UTC'],
  ])('refuses %s in words', async (query, detail) => {
    const { status, body } = await stats(query);
    expect([status, body.detail]).toEqual([400, detail]);
  });

  it.each([
    ['', 'from=2026-11-23&to=2026-11-22', 'from: 2026-11-23 is not before 2026-11-22 (to)'],
    [
      '',
      'from=yesterday&to=2026-11-22',
      'from: "yesterday" is neither a day like 2026-11-22 nor a time with a zone like 2026-11-22T08:00:00Z',
    ],
    ['', 'from=2001-01-01&to=2026-11-22', 'to: is more than 3700 days after from'],
    [
      '/concurrency',
      'from=2026-11-01&to=2026-11-22&step=minute',
      'step: there are more than 10000 of them: ask for longer steps or for less time',
    ],
    ['/concurrency', 'from=2026-11-01T00:00:01Z&to=2026-11-22', 'from: 2026-11-01T00:00:01Z is not a full minute'],
  ])('refuses a span in words: stats%s?%s', async (path, query, detail) => {
    const { status, body } = await ask<{ detail: string }>(house, 'GET', `/api/v1/stats${path}?${query}`, {
      token: adminToken,
    });
    expect([status, body.detail]).toEqual([400, detail]);
  });

  it('counts a call for the trunk by which it came and for that by which it left', async () => {
    const own = await openHouse();
    const part = { system: 'pbx1', duration: 60, disposition: 'ANSWERED', lastapp: 'Dial', src: '07700900111' };
    const over = { channel: 'PJSIP/telco-00000001', dstchannel: 'PJSIP/mobile-00000002' };
    const lastdata = 'PJSIP/07700900112@mobile,20';
    const body = [
      { ...part, ...over, dst: '07700900112', uniqueid: '1.1', start: `${day}T00:00:30Z`, lastdata },
      // An extension that forwards: the call is inbound.
      { ...part, ...over, dst: '108', uniqueid: '2.1', start: `${day}T00:10:30Z`, lastdata },
    ];
    const get = async <Body>(url: string) =>
      (await ask<Body>(own, 'GET', `/api/v1/${url}`, { token: adminToken })).body;
    await ask(own, 'POST', '/api/v1/cdrs', { token: adminToken, body });
    const { rows } = await get<StatsShape>(`stats?${span}&by=trunk,direction`);
    expect(rows.map(({ trunk, direction, calls }) => [trunk, direction, calls])).toEqual([
      ['mobile', 'inbound', 1],
      ['mobile', 'transit', 1],
      ['telco', 'inbound', 1],
      ['telco', 'transit', 1],
    ]);
    for (const trunk of ['telco', 'mobile']) {
      const { calls } = await get<{ calls: { trunks: string[] }[] }>(`calls?trunk=${trunk}`);
      expect(calls.map(({ trunks }) => trunks)).toEqual([
        ['mobile', 'telco'],
        ['mobile', 'telco'],
      ]);
      const curve = await get<RunningShape>(`stats/concurrency?${span}&step=hour&trunk=${trunk}`);
      expect(Math.max(...curve.points.map(({ peak }) => peak))).toBe(1);
    }
    await own.close();
  });

  it('tells when an hour begins that a jump of half an hour has cut, or shows twice by its second half', async () => {
    const at = (time: string, index: number) => ({
      ...leg(`101-${index} > 102-${index + 1} Dial 0 1 2`),
      start: Date.parse(time) * 1000,
    });
    // At 2:00 on 5 April 2026 the clock of Lord Howe is put back to 1:30 (15:00 UTC), at 2:00 on 4 October on to 2:30 (15:30 UTC).
    const times = [
      '2026-04-04T14:10Z',
      '2026-04-04T14:40Z',
      '2026-04-04T15:10Z',
      '2026-04-04T15:40Z',
      '2026-10-03T15:40Z',
    ];
    await appendTo(
      house.store,
      'pbx1/api',
      times.map((time, index) => at(time, 7000 + 2 * index)),
    );
    const told = async (span: string, more = '') => {
      const query = `zone=Australia/Lord_Howe&by=day,hour${more}&${span}`;
      const { body } = await ask<StatsShape>(house, 'GET', `/api/v1/stats?${query}`, { token: adminToken });
      return body.rows.map((row) => [row.hour, row.at, row.calls]);
    };
    const autumn = [
      [1, '2026-04-04T14:00:00Z', 2],
      [1, '2026-04-04T15:00:00Z', 1],
      [2, '2026-04-04T15:30:00Z', 1],
    ];
    expect(await told('from=2026-04-05&to=2026-04-06')).toEqual(autumn);
    // Of a look at every call, too.
    expect(await told('from=2026-04-05&to=2026-04-06&prefix=10')).toEqual(autumn);
    expect(await told('from=2026-10-04&to=2026-10-05')).toEqual([[2, '2026-10-03T15:30:00Z', 1]]);
    expect(await told('from=2026-10-04&to=2026-10-05', ',quarter')).toEqual([[2, '2026-10-03T15:30:00Z', 1]]);
    const csv = await ask<string>(
      house,
      'GET',
      '/api/v1/stats.csv?zone=Australia/Lord_Howe&by=day,hour&from=2026-10-04&to=2026-10-05&columns=at',
      { token: adminToken },
    );
    expect(csv.body).toContain('2026-10-03T15:30:00Z');
  });

  it('gives up a look at every call that takes too long, and names the limit', async () => {
    const { limits } = house.context;
    const before = limits.stats_scan_seconds;
    limits.stats_scan_seconds = 1e-9;
    // A page that is full leads to another.
    const many = Array.from({ length: 200 }, (_, at) => leg(`101-${at + 100} > 102-${at + 900} Dial 3000 - 3001`));
    await appendTo(house.store, 'pbx1/api', many);
    const { status, body } = await stats('prefix=1');
    limits.stats_scan_seconds = before;
    expect([status, body.detail]).toEqual([
      400,
      'from: a look at every call of this time takes more than 1e-9 s (limits.stats_scan_seconds): ' +
        'ask for less time, or for what counts are kept of',
    ]);
  });
});
