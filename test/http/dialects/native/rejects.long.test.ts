// Rejects from the wire to the retry: every kind of source, the walls, the counts, the limits.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RawRow } from '../../../../src/cdr/normalise.ts';
import type { Problem } from '../../../../src/http/problem.ts';
import type { Source } from '../../../../src/ingest/source.ts';
import { raw } from '../../../support/rows.ts';
import { tempFolder } from '../../../support/store.ts';
import { auditOf } from '../../people.ts';
import { adminToken, ask, openHouse, record, records, type House } from '../../support.ts';

interface Listed {
  rejects: Record<string, unknown>[];
  more: boolean;
  after?: number;
  before?: number | null;
}

describe('/api/v1/rejects', () => {
  let house: House;
  let folder: string;
  let remove: () => void;
  beforeEach(async () => {
    ({ folder, remove } = tempFolder());
    house = await openHouse({ systems: ['pbx1', 'pbx2'], folder });
  });
  afterEach(async () => {
    await house.close();
    remove();
  });

  type Method = Parameters<typeof ask>[1];
  const call = <Body = Record<string, unknown>>(method: Method, path: string, body?: unknown, token = adminToken) =>
    ask<Body>(house, method, `/api/v1${path}`, { token, ...(body === undefined ? {} : { body }) });
  const list = async (query = '') => (await call<Listed>('GET', `/rejects${query}`)).body;
  const post = (body: unknown, token?: string) => call('POST', '/cdrs', body, token);
  const total = () => {
    const sum = { received: 0, stored: 0, duplicate: 0, rejected: 0, expired: 0 };
    for (const report of house.ingest.reports()) {
      for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += report[key];
    }
    return sum;
  };
  const balances = () => {
    for (const { name, received, stored, duplicate, rejected, expired } of house.ingest.reports()) {
      expect([name, received]).toEqual([name, stored + duplicate + rejected + expired]);
    }
  };

  /** The daemon after somebody has mended its configuration: these systems. */
  const mended = async (systems: string[]) => {
    await house.close();
    house = await openHouse({ systems, folder });
  };
  /** A source that brings these rows and ends. */
  const bring = async (name: string, kind: 'ami' | 'table', rows: RawRow[], system = 'pbx1') => {
    const source: Source = { name, kind, system, run: async ({ emit }) => emit({ rows }) };
    await house.ingest.open(source);
    await house.ingest.run(source, new AbortController().signal);
  };

  it('keeps a record with an unknown field or system too, with every fault, and answers as it always did', async () => {
    const misspelt = record({ system: 'pbx1', userfeild: 'x', duration: 'long' });
    const { status, body } = await post(misspelt);
    expect([status, (body['errors'] as { field: string }[]).map(({ field }) => field)]).toEqual([
      422,
      ['duration', 'userfeild'],
    ]);
    await post([record({ system: 'pbx9' }), record(), 'nonsense', { system: 'pbx1' }]);
    const { rejects } = await list('?after=0');
    expect(
      rejects.map(({ source, errors }) => [source, (errors as { field: string }[]).map(({ field }) => field)]),
    ).toEqual([
      ['pbx1/api', ['duration', 'userfeild']],
      ['api', ['system']],
      ['api', ['system']],
      ['pbx1/api', ['uniqueid', 'duration', 'start', 'disposition']],
    ]);
    expect(JSON.parse(rejects[0]!['raw'] as string)).toEqual({ ...misspelt, system: undefined });
    expect(JSON.parse(rejects[1]!['raw'] as string)).toMatchObject({ system: 'pbx9' });
    expect(total()).toEqual({ received: 4, stored: 0, duplicate: 0, rejected: 4, expired: 0 });
    balances();
  });

  it('stores a record of a system that is configured by now, and says where; known again it is a duplicate', async () => {
    const given = record({ system: 'pbx9' });
    await post([given, record({ system: 'pbx9', sequence: null, duration: 'x' })]);
    await mended(['pbx1', 'pbx9']);
    const { body } = await call('POST', '/rejects/1/retry');
    expect(body).toEqual({ status: 'created', id: 1 });
    expect((await call('GET', '/cdrs/1')).body).toMatchObject({ system: 'pbx9', uniqueid: given['uniqueid'] });
    expect((await call('POST', '/rejects/1/retry')).status).toBe(404);
    expect(await post(given)).toMatchObject({ status: 200, body: { status: 'duplicate', id: 1 } });
    const still = await call<Problem>('POST', '/rejects/2/retry');
    expect([still.status, still.body.errors]).toEqual([
      422,
      [{ field: 'duration', message: '"x" is not a whole number of seconds from 0 to 9999999999' }],
    ]);
    // The system is known now, so its faults are told by the system that it is.
    expect((await call('GET', '/rejects/2')).body).toMatchObject({ source: 'api', tries: 1, count: 1 });
    balances();
    expect(await house.store.source('pbx9/api')).toMatchObject({ received: 2, stored: 1, duplicate: 1 });
  });

  it('reads AMI events and table rows again as their sources did: their words, their zone', async () => {
    const event = {
      ...{ uniqueid: '1795314479.1', starttime: '2026-11-22 04:15:29', duration: '5', billableseconds: '3' },
      ...{ disposition: 'ANSWERED', source: '101', destination: '102', did: '442', sequence: '7' },
    };
    const row = {
      ...{ uniqueid: '1795314480.2', calldate: '2026-11-22 04:15:30', duration: 5, billsec: 3, disposition: 8 },
      ...{ src: '101', dst: '102', recordingfile: 'a.wav', amaflags: null },
    };
    const zone = { timezone: 'Europe/Berlin' };
    // What was wrong is mended by hand, as a newer cdrd would understand it.
    await bring('pbx1/ami', 'ami', [{ ...raw('ami', { ...event, amaflags: 'NEVER' }), ...zone }]);
    await bring('pbx1/table', 'table', [{ ...raw('table', { ...row, amaflags: 'NEVER' }), ...zone }]);
    const mend = (text: string) => text.replace('"NEVER"', '"DOCUMENTATION"');
    const { reject } = house.store;
    const kept = await Promise.all([1, 2].map((id) => reject(id)));
    expect(kept.map((one) => [one!.kind, one!.timezone])).toEqual([
      ['ami', 'Europe/Berlin'],
      ['table', 'Europe/Berlin'],
    ]);
    const understood = kept.map((one) => ({ ...one!, raw: mend(one!.raw) }));
    const by = { kind: 'command', id: null, name: 'cdrd', address: null } as const;
    const retried = await house.ingest.retry(understood, by);
    expect(retried.map(({ outcome }) => outcome)).toEqual(['created', 'created']);
    expect((await call('GET', '/cdrs/1')).body).toMatchObject({
      ...{ start: '2026-11-22T03:15:29Z', src: '101', sequence: 7, custom: { did: '442' }, system: 'pbx1' },
    });
    expect((await call('GET', '/cdrs/2')).body).toMatchObject({
      ...{ start: '2026-11-22T03:15:30Z', disposition: 'ANSWERED', custom: { recordingfile: 'a.wav' } },
    });
    expect((await list()).rejects).toEqual([]);
    // The table shows the row once more: it is the record that was made of it.
    await bring('pbx1/table', 'table', [{ ...raw('table', { ...row, amaflags: 3 }), ...zone }]);
    expect((await call('GET', '/cdrs')).body['cdrs']).toHaveLength(2);
    expect(await house.store.source('pbx1/table')).toMatchObject({ received: 3, stored: 1, duplicate: 1, rejected: 1 });
    balances();
  });

  it('never stores for an admin what a bound writer was refused', async () => {
    const bound = await house.token('write', ['alpha']);
    await post(record({ system: 'pbx1', accountcode: 'beta' }), bound);
    await post(record({ system: 'pbx1', accountcode: 'alpha', system2: 'x' }), bound);
    await post(record({ system: 'pbx9', accountcode: 'alpha' }), bound);
    await post(record({ system: 'pbx9', accountcode: 'beta' }), bound);
    expect((await list('?after=0')).rejects.map(({ companies }) => companies)).toEqual(Array(4).fill(['alpha']));
    expect((await call('POST', '/rejects/retry')).body).toMatchObject({ created: 0, rejected: 4 });
    await mended(['pbx1', 'pbx9']);
    expect((await call('POST', '/rejects/retry')).body).toMatchObject({ created: 1, rejected: 3 });
    expect((await call('GET', '/cdrs')).body['cdrs']).toMatchObject([{ company: 'alpha' }]);
    balances();
  });

  it('tries all again in bounded parts, by filter, and goes on where it stopped', async () => {
    await post(records(250, { system: 'pbx9' }));
    await post(records(3, { system: 'pbx1', oops: 1 }));
    await mended(['pbx1', 'pbx9']);
    expect((await call('POST', '/rejects/retry?source=pbx1/api&limit=2')).body).toEqual({
      ...{ created: 0, duplicate: 0, expired: 0, rejected: 2, after: 252, more: true },
    });
    expect((await call('POST', '/rejects/retry?source=pbx1/api&after=252')).body).toMatchObject({
      rejected: 1,
      more: false,
    });
    expect((await call('POST', '/rejects/retry?limit=150')).body).toMatchObject({
      created: 150,
      after: 150,
      more: true,
    });
    expect((await call('POST', '/rejects/retry?limit=150&after=150')).body).toMatchObject({
      created: 100,
      rejected: 3,
      more: false,
    });
    expect((await call('POST', '/rejects/retry?system=pbx9')).body).toMatchObject({
      created: 0,
      rejected: 0,
      more: false,
    });
    expect((await list()).rejects.map(({ id, tries }) => [id, tries])).toEqual([
      [253, 2],
      [252, 2],
      [251, 2],
    ]);
    expect((await house.store.list({ within: null, limit: 1000 })).length).toBe(250);
    balances();
  });

  it('pages the newest first or the oldest first, and shows one whole', async () => {
    await post(records(5, { system: 'pbx9' }));
    const ids = ({ rejects }: Listed) => rejects.map(({ id }) => id);
    const first = await list('?limit=2');
    expect([ids(first), first.before, first.more]).toEqual([[5, 4], 4, true]);
    const last = await list(`?limit=3&before=${first.before}`);
    expect([ids(last), last.more]).toEqual([[3, 2, 1], false]);
    const rising = await list('?limit=2&after=0');
    expect([ids(rising), rising.after, rising.more]).toEqual([[1, 2], 2, true]);
    expect(await list('?after=5')).toEqual({ rejects: [], after: 5, more: false });
    expect(await list('?to=2020-01-01T00:00:00Z')).toMatchObject({ rejects: [], before: null });
    expect(ids(await list('?from=2020-01-01T00:00:00Z&system=pbx2'))).toEqual([]);
    expect((await call<Problem>('GET', '/rejects?from=noon')).body.detail).toContain('from: "noon" is not a time');
    const both = 'before: cannot be given together with after';
    for (const list of ['/rejects', '/rejects.csv'])
      expect((await call<Problem>('GET', `${list}?after=1&before=3`)).body).toMatchObject({
        status: 400,
        detail: both,
      });
    expect((await call<Problem>('GET', '/rejects?limit=1001')).body.detail).toContain(
      'is not a whole number from 1 to 1000',
    );
  });

  it('knows the systems that are configured and those that have left rejects, and says of any other that it is none', async () => {
    await house.close();
    house = await openHouse({ systems: ['pbx1', 'pbx9'], folder });
    await post(record({ system: 'pbx9', duration: 'long' }));
    await mended(['pbx1']);
    expect((await list('?system=pbx9')).rejects).toHaveLength(1);
    expect((await list('?system=pbx1')).rejects).toEqual([]);
    const message = '"zz" is not configured, expected one of pbx1';
    for (const [method, path] of [
      ['GET', '/rejects'],
      ['GET', '/rejects.csv'],
      ['POST', '/rejects/retry'],
      ['DELETE', '/rejects'],
    ] as const) {
      const { status, body } = await call<Problem>(method, `${path}?system=zz`);
      expect([path, status, body]).toMatchObject([path, 400, { errors: [{ field: 'system', message }] }]);
    }
  });

  it('lists, tries and discards by a system what named it before it was configured', async () => {
    await post([record({ system: 'pbx9' }), record({ system: 'pbx9', duration: 'x' }), record({ system: 'pbx8' })]);
    const ids = async (query: string) => (await list(query)).rejects.map(({ id }) => id);
    expect([await ids('?system=pbx9'), await ids('?system=pbx1')]).toEqual([[2, 1], []]);
    await mended(['pbx1', 'pbx9']);
    expect([await ids('?system=pbx9'), await ids('?system=pbx8')]).toEqual([[2, 1], [3]]);
    expect((await call('POST', '/rejects/retry?system=pbx9')).body).toMatchObject({ created: 1, rejected: 1 });
    expect(await ids('?system=pbx9')).toEqual([2]);
    expect((await call('DELETE', '/rejects?system=pbx9')).body).toEqual({ discarded: 1, more: false });
    expect((await list()).rejects).toMatchObject([{ id: 3, tries: 0 }]);
    balances();
  });

  it('discards one, or by filter, and never all by an oversight', async () => {
    await post(records(4, { system: 'pbx9' }));
    await post(record({ system: 'pbx1', oops: 1 }));
    expect((await call<Problem>('DELETE', '/rejects')).body.detail).toBe(
      'say which rejects: source, system, from, to, or all=1',
    );
    expect((await call('DELETE', '/rejects/2')).status).toBe(204);
    expect((await call('DELETE', '/rejects/2')).status).toBe(404);
    expect((await call('GET', '/rejects/2')).status).toBe(404);
    expect((await call('DELETE', '/rejects?source=api&limit=2')).body).toEqual({ discarded: 2, more: true });
    expect(await call('DELETE', '/rejects?all=1&from=2026-01-01T00:00:00Z')).toMatchObject({
      ...{ status: 400, body: { detail: expect.stringMatching(/^all=1 says all of them/) as string } },
    });
    expect((await call('DELETE', '/rejects?all=1')).body).toEqual({ discarded: 2, more: false });
    const actions = (await auditOf(house)).filter(({ action }) => action === 'reject.discarded');
    expect(actions.map(({ object, count }) => [object, count])).toEqual([
      ['reject 2', 1],
      ['2 rejects', 2],
      ['2 rejects', 2],
    ]);
    // What was counted stays counted.
    expect(total()).toMatchObject({ received: 5, rejected: 5 });
  });

  it('says of a text that was cut why it cannot be tried again', async () => {
    await post(record({ system: 'pbx1', oops: 'x'.repeat(70_000) }));
    const { status, body } = await call<Problem>('POST', '/rejects/1/retry');
    expect(status).toBe(422);
    expect(body.detail).toContain('raw: was cut after 65536 characters when it was kept, so it cannot be tried again');
    await call('POST', '/rejects/1/retry');
    expect(String((await call('GET', '/rejects/1')).body['reason']).match(/was cut/g)).toHaveLength(1);
  });

  it('is for admins who are bound to nothing', async () => {
    const routes: [Method, string][] = [
      ['GET', '/rejects'],
      ['GET', '/rejects/1'],
      ['POST', '/rejects/retry'],
      ['POST', '/rejects/1/retry'],
      ['DELETE', '/rejects?all=1'],
      ['DELETE', '/rejects/1'],
      ['GET', '/jobs'],
      ['GET', '/jobs/rejects'],
      ['POST', '/jobs/rejects/run'],
    ];
    for (const token of [await house.token('write'), await house.token('admin', ['acme'])]) {
      for (const [method, path] of routes) {
        expect([method, path, (await call(method, path, undefined, token)).status]).toEqual([method, path, 403]);
      }
    }
    expect((await call('PUT', '/rejects')).headers['allow']).toBe('DELETE, GET, HEAD, OPTIONS');
  });
});

describe('/api/v1/jobs', () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse();
  });
  afterEach(() => house.close());
  const call = (method: 'GET' | 'POST', path: string) =>
    ask<Record<string, unknown>>(house, method, `/api/v1/jobs${path}`, { token: adminToken });

  it('are exported as the list shows them', async () => {
    const { jobs } = (await call('GET', '')).body as { jobs: object[] };
    const lines = (await call('GET', '.ndjson')).body as unknown as string;
    expect(lines).toBe(jobs.map((job) => `${JSON.stringify(job)}\n`).join(''));
    const csv = (await call('GET', '.csv?columns=name,schedule&limit=2')).body as unknown as string;
    expect(csv.split('\r\n').map((line) => line.split(',')[0])).toEqual(['name', 'optimize', 'recounts', '']);
  });

  it('shows what is scheduled, runs it on demand, and audits who asked', async () => {
    const { jobs } = (await call('GET', '')).body as { jobs: Record<string, unknown>[] };
    expect(jobs.map(({ name, schedule }) => [name, schedule])).toEqual([
      ['optimize', '41 4 * * *'],
      ['recounts', '47 * * * *'],
      ['rejects', '11 4 * * *'],
      ['reports', '23 * * * *'],
      ['retention', '23 2 * * *'],
      ['sessions', '17 * * * *'],
    ]);
    expect(jobs[0]).toMatchObject({ timezone: 'UTC', running: false, outcome: null, runs: 0, failures: 0 });
    const begun = await call('POST', '/sessions/run');
    expect([begun.status, begun.headers['location']]).toEqual([202, '/api/v1/jobs/sessions']);
    await (house.context.jobs as unknown as { idle(): Promise<void> }).idle();
    expect((await call('GET', '/sessions')).body).toMatchObject({
      ...{ running: false, outcome: 'done', report: { removed: 0 }, runs: 1, due: jobs.at(-1)!['due'] },
    });
    expect(await call('POST', '/nap/run')).toMatchObject({
      ...{
        status: 404,
        body: {
          detail: 'there is no job nap, expected one of optimize, recounts, rejects, reports, retention, sessions',
        },
      },
    });
    expect((await call('GET', '/nap')).status).toBe(404);
    expect(await auditOf(house)).toMatchObject([{ action: 'job.started', object: 'job sessions' }]);
  });
});
