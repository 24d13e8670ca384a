// What every command prints with --json: times and names as the HTTP API answers them, with a daemon and without one.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import Database from 'better-sqlite3';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { byCommand } from '../../src/store/audit.ts';
import { startDaemon, type Daemon } from '../support/daemon.ts';
import { openProgram } from '../support/program.ts';
import { someCdr } from '../support/rows.ts';
import { appendTo, silent, tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';

/** Those that take --json, as they are written: `token list`. */
function withJson(command: Command, path = ''): string[] {
  return [
    ...(command.options.some(({ long }) => long === '--json') ? [path] : []),
    ...command.commands.flatMap((one) => withJson(one, `${path} ${one.name()}`.trim())),
  ];
}

/** Where something stands that looks like microseconds, milliseconds or a name that is not ours. */
function strange(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return value > 1e11 ? [`${path}: ${value}`] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => [
    ...(/[A-Z]/.test(name) ? [`${path}.${name} is not snake_case`] : []),
    ...strange(one, `${path}.${name}`),
  ]);
}

describe('--json', () => {
  const { folder, remove } = tempFolder();
  const file = join(folder, 'master.db');
  const settings = {
    retention: { retention_days: 3650 },
    // Refused and then waited for: nothing of it changes while this runs.
    webhooks: [
      {
        ...{ name: 'crm', url: 'https://localhost/', secret: `whsec_${'A'.repeat(32)}`, from: 'beginning' },
        ...{ retry_seconds: 3600, give_up_seconds: 86_400 },
      },
    ],
    systems: [
      {
        ...{ name: 'pbx1', timezone: 'UTC', ami: { port: 1, username: 'x', secret: 'x' } },
        table: { url: `sqlite:${file}`, timezone: 'UTC', poll_seconds: 0.1 },
      },
    ],
  };
  const csv = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  let daemon: Daemon | undefined;
  const config = join(folder, 'cdrd.yaml');
  const run = async (name: string, args: string[] = []): Promise<unknown> => {
    const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const code = process.exitCode;
    try {
      const program = await openProgram(config);
      await program.parseAsync([...name.split(' '), ...args, '--json'], { from: 'user' });
      return JSON.parse(printed.mock.calls.map(([text]) => text).join(''));
    } finally {
      printed.mockRestore();
      process.exitCode = code;
    }
  };
  const span = ['--from', '2026-11-18', '--to', '2026-11-18'];

  /** Needs no daemon, and what prints the same with one. */
  const alone: Record<string, string[]> = {
    check: [],
    migrate: [],
    recount: [],
    'preset list': [],
    'preset show': ['plain'],
  };
  /** What the API answers too, by its address and what of it is the same. */
  const answered: Record<string, { args?: string[]; url: string; of?: (body: never) => unknown }> = {
    'token list': { url: '/tokens', of: ({ tokens }: { tokens: unknown }) => tokens },
    'user list': { url: '/users', of: ({ users }: { users: unknown }) => users },
    audit: { url: '/audit?limit=50', of: ({ audit }: { audit: unknown[] }) => audit.reverse() },
    'rejects list': { url: '/rejects', of: ({ rejects }: { rejects: unknown }) => rejects },
    'rejects show': { args: ['1'], url: '/rejects/1' },
    'company list': { url: '/companies', of: ({ companies }: { companies: unknown }) => companies },
    'extension list': { url: '/extensions', of: ({ extensions }: { extensions: unknown }) => extensions },
    'did list': { url: '/dids', of: ({ dids }: { dids: unknown }) => dids },
    'trunk list': { url: '/trunks', of: ({ trunks }: { trunks: unknown }) => trunks },
    'endpoint list': { url: '/endpoints', of: ({ endpoints }: { endpoints: unknown }) => endpoints },
    'hold list': { url: '/holds', of: ({ holds }: { holds: unknown }) => holds },
    'webhook list': { url: '/webhooks', of: ({ webhooks }: { webhooks: unknown }) => webhooks },
    'webhook deliveries': { url: '/deliveries', of: ({ deliveries }: { deliveries: unknown }) => deliveries },
    'jobs list': { url: '/jobs', of: ({ jobs }: { jobs: unknown }) => jobs },
    completeness: {
      ...{ args: span, url: '/completeness?from=2026-11-18&to=2026-11-18' },
      // And what /readyz says of the system's zones.
      of: ({ days }: { days: object[] }) => days.map((day) => ({ ...day, zone_warning: null })),
    },
    reconcile: {
      ...{ args: ['--from', '2026-11-18', '--dry-run'], url: '/reconciles' },
      of: ({ reconciles }: { reconciles: unknown }) => reconciles,
    },
  };
  /** What is only done. */
  const others: Record<string, string[]> = {
    migrate: [],
    'user enable': ['bob'],
    'user disable': ['bob'],
    'jobs run': ['sessions'],
    'token create': ['wallboard'],
    'token revoke': ['2'],
    'rejects retry': [],
    'rejects discard': ['--all'],
    'company add': ['zeta'],
    'company import': [csv('companies.csv', 'handle\neta\n')],
    'extension add': ['900'],
    'extension import': [csv('extensions.csv', 'number\n901\n')],
    'did add': ['441632960100'],
    'did import': [csv('dids.csv', 'number\n441632960101\n')],
    'trunk add': ['PJSIP/telco'],
    'trunk import': [csv('trunks.csv', 'peer\nPJSIP/other\n')],
    'endpoint add': ['PJSIP/a1b2'],
    'endpoint import': [csv('endpoints.csv', 'peer,kind\nPJSIP/c3d4,trunk\n')],
    'hold add': ['--number', '441632960199'],
    'webhook replay': ['--webhook', 'crm'],
    'webhook discard': ['--webhook', 'crm'],
    purge: [],
    anonymise: ['--number', '441632960198', '--dry-run'],
    backup: [join(folder, 'all.gz')],
    restore: ['--check', join(folder, 'all.gz')],
    doctor: ['--asterisk-etc', folder],
    explain: ['1'],
    backfill: [],
    classify: ['--dry-run'],
    import: [
      '--format',
      'table-csv',
      csv('calls.csv', 'uniqueid,start,duration,disposition\n1.1,2026-11-18 09:00:00,5,BUSY\n'),
    ],
  };

  beforeAll(async () => {
    const pbx = new Database(file);
    pbx.exec(`CREATE TABLE cdr (AcctId INTEGER PRIMARY KEY, calldate TEXT, src TEXT, dst TEXT, duration INT, billsec INT,
      disposition TEXT, uniqueid TEXT, sequence INT);
      INSERT INTO cdr VALUES (1, '2026-11-18 09:00:00', '101', '102', 5, 4, 'ANSWERED', '1795314479.77', 77)`);
    pbx.close();
    const store = await openStore({ url: `sqlite:${folder}/cdrd.db` }, silent);
    const now = 1_795_400_000_000_000;
    const reason = 'start: is missing (system pbx1, uniqueid 1795000001.1)';
    const reject = { raw: '{"uniqueid":"1795000001.1"}', reason, faults: [{ field: 'start', message: 'is missing' }] };
    await appendTo(store, 'pbx1/ami', [someCdr(1)]);
    await appendTo(store, 'pbx1/table', [someCdr(1, { dst: '103' })], { marks: [{ key: '0:9' }] });
    await appendTo(store, 'pbx1/ami', [{ ...reject, kind: 'ami', timezone: 'UTC' }]);
    const of = { company: 'acme', name: null };
    await store.addThing('did', { ...of, number: '442079460000', extension: null }, byCommand, now);
    await store.addThing('trunk', { ...of, peer: 'PJSIP/old' }, byCommand, now);
    await store.addThing('endpoint', { ...of, peer: 'PJSIP/d1', kind: 'extension', extension: '101' }, byCommand, now);
    await store.addHold({ company: 'acme', number: null, reason: null }, byCommand, now);
    await store.createToken({ name: 'first', scope: 'read', companies: null }, now);
    await store.revokeToken(1, now);
    const bob = { name: 'bob', password: 'correct horse', companies: ['acme'], extensions: [] };
    await store.addUser({ ...bob, role: 'billing' }, byCommand, now);
    await store.changeUser(1, { disabled: true }, byCommand, now);
    await store.edit({ id: 1, by: byCommand, now, within: null }, { note: 'call back' });
    await store.close();
    daemon = await startDaemon(folder, settings);
    await until(async () => (await daemon!.records()).length === 2, 'the table to be read');
  }, 30_000);
  afterAll(async () => {
    await daemon?.end('SIGKILL');
    remove();
  });

  it('is tried here for every command that takes it', async () => {
    // `user add` asks for a password: test/commands/user.long.test.ts; `webhook test` wants a receiver: test/webhooks/kill.long.test.ts.
    const elsewhere = ['user add', 'webhook test'];
    const tried = [...Object.keys(alone), ...Object.keys(answered), ...Object.keys(others), ...elsewhere];
    expect(withJson(await openProgram(config)).filter((name) => !tried.includes(name))).toEqual([]);
  });

  it.each(Object.entries(answered))('of %s is what the API answers', async (name, { args, url, of = (all) => all }) => {
    const look = async () => of(await daemon!.get<never>(`/api/v1${url}`));
    // A poll that comes between the two answers is no difference: then both are asked for again.
    const [printed, answer] = await until(async () => {
      const both = [await run(name, args), await look()] as const;
      return isDeepStrictEqual(...both) && both;
    }, 'the two to be the same');
    expect(printed).not.toEqual([]);
    expect(printed).toEqual(answer);
    expect(strange(printed)).toEqual([]);
  });

  it('of explain is what the API answers of a uniqueid', async () => {
    const uniqueid = '1795000001.1';
    const printed = (await run('explain', [uniqueid])) as { records: object[]; rejects: object[] };
    expect(strange(printed)).toEqual([]);
    expect([printed.records.length, printed.rejects.length]).toEqual([1, 1]);
    const answer = await daemon!.get<{ records: { derived: object }[] }>(`/api/v1/explain?uniqueid=${uniqueid}`);
    // The command says too which rules there are.
    expect({ ...printed, more: false }).toMatchObject(answer);
  });

  it.each(Object.entries(others))('of %s has times as text and names in small letters', async (name, args) => {
    expect(strange(await run(name, args))).toEqual([]);
  });

  it.each([
    ['user disable', 'bob', '/users/1'],
    ['jobs run', 'sessions', '/jobs/sessions'],
  ])('of %s is what the API answers afterwards', async (name, of, url) => {
    const printed = await run(name, [of]);
    expect(printed).toEqual(await daemon!.get(`/api/v1${url}`));
  });

  it('of migrate says through a daemon which schema the store has', async () => {
    const newest = readdirSync(new URL('../../migrations/', import.meta.url))
      .filter((file) => /^\d/.test(file))
      .sort();
    expect(await run('migrate')).toEqual({ from: newest.at(-1), to: newest.at(-1), applied: [] });
  });

  it('is the same without a daemon', async () => {
    const names = Object.entries(answered).filter(
      ([name]) => !['reconcile', 'jobs list', 'rejects show'].includes(name),
    );
    const before: unknown[] = [];
    for (const [name, { args }] of names) before.push(await run(name, args));
    await daemon!.end();
    for (const [at, [name, { args }]] of names.entries()) expect(await run(name, args), name).toEqual(before[at]);
    for (const [name, args] of Object.entries({ ...alone, explain: ['1'], 'jobs list': [] }))
      expect(strange(await run(name, args)), name).toEqual([]);
  });
});
