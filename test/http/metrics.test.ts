// /metrics: read by a strict parser, held against the table of the README, and never mixed up between two daemons.
import { afterEach, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { openMetrics } from '../../src/http/metrics.ts';
import { byCommand } from '../../src/store/audit.ts';
import { adminToken, ask, openHouse, record, until, type House } from './support.ts';
import { familiesOf, type Family } from './exposition.ts';

let house: House | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});
const scrape = async (from: House): Promise<Map<string, Family>> =>
  familiesOf((await ask<string>(from, 'GET', '/metrics')).body);

const reconciles = [
  { system: 'pbx1', healed: 5, last: { ended: 1_795_400_000_000_000, missing: 2, changed: 1, gone: 3 } },
  { system: 'pbx2', healed: 0, last: null },
];

/** Nothing leaves this machine: the address is refused. */
const webhooks = [{ name: 'crm', url: 'https://10.0.0.1/', secret: `whsec_${'A'.repeat(32)}` }];

describe('/metrics', () => {
  it('is good Prometheus text after all kinds of things happened, in the names Prometheus asks for', async () => {
    house = await openHouse({ systems: ['pbx1', 'pbx-2.x'], reconciles, webhooks });
    await house.put([record()]);
    await house.put([record()], 'pbx-2.x');
    await ask(house, 'GET', '/nowhere/441632960000?token=secret');
    await ask(house, 'GET', '/api/v1/cdrs', { token: adminToken });
    await ask(house, 'POST', '/api/v1/session', { body: { name: 'bob', password: 'wrong' } });
    house.context.board.ear('pbx1');
    await house.context.completeness.check();
    await house.context.jobs.run('optimize', byCommand);
    await until(async () => (await scrape(house!)).get('cdrd_job_duration_seconds')!.samples.length > 0);
    const families = await scrape(house);
    for (const { name, type, help, samples } of families.values()) {
      // Names of the library's own are its own.
      if (!name.startsWith('cdrd_')) continue;
      expect([name, help.length > 10, type === 'counter', samples.length > 0]).toEqual([
        name,
        true,
        name.endsWith('_total'),
        true,
      ]);
    }
    const value = (family: string, labels: Record<string, string> = {}) =>
      families
        .get(family)
        ?.samples.find(
          ({ name, labels: own }) => !name.endsWith('_bucket') && JSON.stringify(own) === JSON.stringify(labels),
        )?.value;
    expect(value('cdrd_source_stored_total', { source: 'pbx-2.x/api' })).toBe(1);
    expect(value('cdrd_logins_total', { outcome: 'wrong' })).toBe(1);
    expect(value('cdrd_refusals_total')).toBe(1);
    expect(value('cdrd_reconcile_last_run_timestamp_seconds', { system: 'pbx1' })).toBe(1_795_400_000);
    const found = ['missing', 'changed', 'gone', 'healed_total'].map((name) => `cdrd_reconcile_${name}`);
    expect(found.map((name) => value(name, { system: 'pbx1' }))).toEqual([2, 1, 3, 5]);
    expect(found.map((name) => value(name, { system: 'pbx2' }))).toEqual([undefined, undefined, undefined, 0]);
    expect(families.get('cdrd_commit_seconds')?.samples.find(({ name }) => name.endsWith('_count'))?.value).toBe(2);
    expect(families.has('process_cpu_seconds_total') && families.has('nodejs_eventloop_lag_seconds')).toBe(true);
  });

  it('has as many series as there are routes, whatever clients make up', async () => {
    house = await openHouse();
    const series = async () => (await scrape(house!)).get('cdrd_http_request_seconds')!.samples.length;
    await ask(house, 'GET', '/a');
    await house.app.inject({ method: 'PROPFIND' as 'GET', url: '/b' });
    await series();
    const before = await series();
    for (let at = 0; at < 50; at++) {
      await ask(house, 'GET', `/made/up/${at}`);
      await house.app.inject({ method: (['MKCOL', 'LOCK', 'REPORT'] as const)[at % 3] as 'GET', url: `/x${at}` });
    }
    expect(await series()).toBe(before);
  });

  it('of two daemons in one process are two', async () => {
    const [one, other] = [openMetrics('1'), openMetrics('2')];
    one.commit.observe(1);
    const counts = [one, other].map(
      async ({ registry }) =>
        familiesOf(await registry.metrics())
          .get('cdrd_commit_seconds')!
          .samples.find(({ name }) => name.endsWith('_count'))!.value,
    );
    expect(await Promise.all(counts)).toEqual([1, 0]);
  });

  it('is explained in the README, each metric with its kind and labels', async () => {
    house = await openHouse({ reconciles, webhooks });
    await house.put([record()]);
    await ask(house, 'GET', '/healthz');
    house.context.board.ear('pbx1');
    await house.context.completeness.check();
    await house.context.jobs.run('optimize', byCommand);
    await until(async () => (await scrape(house!)).get('cdrd_job_duration_seconds')!.samples.length > 0);
    const families = [...(await scrape(house)).values()].filter(({ name }) => name.startsWith('cdrd_'));
    const rows = families.map(({ name, type, help, samples }) => {
      const labels = Object.keys(samples[0]?.labels ?? {}).filter((label) => label !== 'le');
      return `| \`${name}\` | ${type} | ${labels.join(', ')} | ${help} |`;
    });
    const table = ['| metric | kind | labels | |', '|---|---|---|---|', ...rows].join('\n');
    expect(readFileSync('README.md', 'utf8')).toContain(
      `<!-- made of /metrics; a test holds them equal -->\n${table}\n`,
    );
  });
});
