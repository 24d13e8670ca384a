// The real Prometheus scrapes the running daemon with our own files: every alert that can be caused within seconds is caused, with
// waits and the limit of the lag shortened; alerts.yml and hours.yml hold the limits as they are.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { parse, stringify } from 'yaml';
import { openPbx, type Pbx } from '../../src/simulator/pbx.ts';
import { openStore } from '../../src/store/store.ts';
import { newWebhookSecret } from '../../src/webhooks/secret.ts';
import { query } from '../services/mariadb.ts';
import { promtool, startPrometheus, type Prometheus } from '../services/prometheus.ts';
import { captureRecords } from '../simulator/capture.ts';
import { startDaemon, type Daemon } from '../support/daemon.ts';
import { silent, tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';
import { Receiver } from '../webhooks/receiver.ts';
import { panels, rules, rulesText } from './expressions.ts';

const files = ['config/prometheus/cdrd.rules.yml', 'config/prometheus/prometheus.yml'];
const tests = ['test/prometheus/alerts.yml', 'test/prometheus/hours.yml'];

describe('promtool', () => {
  it('finds no fault in our files', async () => {
    await promtool('check config prometheus.yml', files);
    await promtool('check rules cdrd.rules.yml', files);
  });

  it('fires each alert when its limit is passed, and not before', async () => {
    await promtool('test rules alerts.yml hours.yml', [...files, ...tests]);
  });
});

/** Seconds of lag, and of a webhook that fails, that alarm here. */
const shortLag = 3;
const shortFailing = 2;

const account = { username: 'cdrd', secret: 's3cret' };
const database = `cdrd_prometheus_${process.pid}`;

describe('Prometheus beside a daemon', () => {
  const { folder, remove } = tempFolder();
  const disk = join(folder, 'disk');
  const closers: (() => unknown)[] = [remove];
  let daemon: Daemon;
  let prometheus: Prometheus;
  let storeUrl: string;
  let one: Pbx;
  let two: Pbx;
  const receiver = new Receiver();

  beforeAll(async () => {
    mkdirSync(disk);
    resize('2g', 'mount');
    closers.push(() => execFileSync('umount', ['-l', disk]));
    storeUrl = await newDatabase();
    // A busy disk makes the tables for longer than a daemon is waited for.
    await (await openStore({ url: storeUrl }, silent)).close();
    const tableUrl = `sqlite:${join(folder, 'master.db')}`;
    const pbx = { ami: { host: '127.0.0.1', port: 0, ...account }, mappings: true, timezone: 'UTC' };
    one = await openPbx({ ...pbx, tableUrl });
    closers.push(() => one.close());
    two = await openPbx(pbx);
    closers.push(() => two.close());
    await receiver.open();
    closers.push(() => receiver.close());
    const ami = { ...account, events: 'calls', buffer_rows: 3 };
    daemon = await startDaemon(folder, {
      store: { url: storeUrl, data_dir: disk },
      systems: [
        {
          name: 'pbx1',
          ami: { ...ami, port: one.amiPort },
          table: { url: tableUrl, timezone: 'UTC', poll_seconds: 0.3 },
        },
        { name: 'pbx2', ami: { ...ami, port: two.amiPort } },
      ],
      completeness: { grace_seconds: 0, check_seconds: 1 },
      webhooks: [
        {
          ...{ name: 'crm', url: receiver.url, secret: newWebhookSecret(), allow_private: true },
          ...{ retry_seconds: 0.5, retry_max_seconds: 0.5, give_up_seconds: 3 },
        },
      ],
    });
    closers.push(() => daemon.end('SIGKILL'));
    await until(async () => (await fetch(`${daemon.url}/readyz`)).ok, 'the daemon to be ready');
    await one.play([call(1), call(2)]);
    await until(async () => (await daemon.records()).length === 2, 'the records to be stored');
    prometheus = await startPrometheus(shortened(new URL(daemon.url).host));
    closers.push(() => prometheus.stop());
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });

  const firing = async () =>
    (await prometheus.alerts())
      .filter(({ state }) => state === 'firing')
      .map(({ labels: { alertname, source, system, folder: full, webhook, name } }) =>
        [alertname, source ?? system ?? full ?? webhook ?? name].join(' ').trim(),
      );
  /** None of them fires before, all of them after. */
  const causes = async (alerts: readonly string[], cause: () => unknown) => {
    expect((await firing()).filter((alert) => alerts.includes(alert))).toEqual([]);
    await cause();
    const lacking = async () => {
      const now = await firing();
      return alerts.filter((alert) => !now.includes(alert));
    };
    await until(async () => (await lacking()).length === 0, `${alerts.join(', ')} to fire`, 20_000);
  };
  const scrapes = () => prometheus.query('count_over_time(up{job="cdrd"}[1h])');

  it('finds no fault in /metrics, scrapes it, and alarms nobody while all is well', async () => {
    await promtool('check metrics', [], await (await fetch(`${daemon.url}/metrics`)).text());
    await until(async () => Number((await scrapes())[0]?.value[1]) >= 3, 'three scrapes', 20_000);
    expect(await firing()).toEqual([]);
  });

  it('answers every panel of the dashboard', async () => {
    const empty: string[] = [];
    for (const { title, expr } of panels) {
      const asked = expr.replaceAll('$instance', '.+').replaceAll('$__rate_interval', '1m');
      if ((await prometheus.query(asked)).length === 0) empty.push(title);
    }
    // No table was compared yet, no job has run, none is late, the webhook delivers, and the store is a MariaDB.
    const quiet = [
      ...['Last look', 'Reconcile', 'Jobs', 'Duration of jobs', 'Late jobs'],
      ...['Webhooks: since when nothing gets through', 'Size of the store'],
    ];
    expect([...new Set(empty)]).toEqual(quiet);
  });

  it('tells of a system without a record for half an hour, within business hours', async () => {
    await causes(['CdrdNoRecord pbx2'], () => two.play([call(5, 31 * 60)]));
  });

  it('tells of scheduled work that failed, and of what nobody can do', async () => {
    await causes(['CdrdJobFailed sessions'], async () => {
      await query(storeUrl, 'RENAME TABLE session TO session_away');
      await daemon.post('/api/v1/jobs/sessions/run', {});
      await until(async () => (await jobOf('sessions')).outcome === 'failed', 'the job to fail');
      await query(storeUrl, 'RENAME TABLE session_away TO session');
    });
    await causes(['CdrdJobLate optimize'], async () => {
      // Another daemon has it, and does not come to its end.
      const [hour, now] = [3600e6, Date.now() * 1000];
      const change = "UPDATE job SET runner = 'other', alive = ?, due = ? WHERE name = 'optimize'";
      await query(storeUrl, change, [now + hour, now - hour]);
      expect((await jobOf('optimize')).running).toBe(true);
    });
  });

  it('tells of a webhook to which nothing gets through, and of what it gave up', async () => {
    await causes(['CdrdWebhookFailing crm', 'CdrdWebhookDead crm'], async () => {
      receiver.answer = () => ({ status: 503 });
      await one.play([call(6)]);
    });
  });

  it('tells of rows that are not understood', async () => {
    await causes(['CdrdRejects pbx1/ami', 'CdrdRejects pbx1'], () =>
      one.ami.broadcast(one.event(call(3)).replace(/Duration: .*\r\n/, 'Duration: a week\r\n')),
    );
  });

  it('tells of a record that one source alone has told', async () => {
    await causes(['CdrdMissing pbx1'], () => one.play([call(4)], { only: 'ami' }));
  });

  it('tells of rows that were lost, and of those that come late, when the store holds everybody up', async () => {
    await causes(['CdrdLost pbx1/ami', 'CdrdLag pbx1/ami'], async () => {
      const holder = await createConnection(storeUrl);
      try {
        await holder.query('START TRANSACTION');
        await holder.query('SELECT * FROM place FOR UPDATE');
        await one.play(Array.from({ length: 20 }, (_, at) => call(10 + at)));
        await delay(shortLag * 1000 + 1000);
        await holder.query('COMMIT');
      } finally {
        holder.destroy();
      }
    });
  });

  it('tells of a disk that fills', async () => {
    await causes([`CdrdDiskLow ${disk}`], () => resize('512m', 'remount'));
    await causes([`CdrdDiskFull ${disk}`], () => resize('64m', 'remount'));
  });

  it('tells of a PBX that is not heard', async () => {
    await causes(['CdrdSourceDown pbx2/ami', 'CdrdNotReady'], () => two.close());
  });

  it('tells of a daemon that is gone', async () => {
    await causes(['CdrdDown'], () => daemon.end('SIGKILL'));
  });

  const jobOf = async (name: string) => {
    type Job = { name: string; running: boolean; outcome: string | null };
    return (await daemon.get<{ jobs: Job[] }>('/api/v1/jobs')).jobs.find((job) => job.name === name)!;
  };

  /** A record of a call that has just ended, or so many seconds ago. */
  function call(sequence: number, ago = 0) {
    const now = (Date.now() - ago * 1000) * 1000;
    const uniqueid = `${Math.floor(now / 1e6) - 3}.${sequence}`;
    const own = { uniqueid, linkedid: uniqueid, sequence, start: now - 3e6, answer: now - 2e6, end: now };
    return { ...captureRecords[0]!, ...own, duration: 3, billsec: 2 };
  }

  function resize(size: string, how: 'mount' | 'remount'): void {
    const options = how === 'mount' ? `size=${size}` : `remount,size=${size}`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'cdrd-test', disk]);
  }
});

async function newDatabase(): Promise<string> {
  const { rootUrl } = inject('mariadb');
  await query(rootUrl, 'CREATE DATABASE ??', [database]);
  return new URL(database, rootUrl).href;
}

/** Our files with this target, looked at each second, alarms without waiting. */
function shortened(target: string): Record<string, string> {
  const config = parse(readFileSync('config/prometheus/prometheus.yml', 'utf8')) as {
    scrape_configs: { scrape_interval: string; static_configs: { targets: string[] }[] }[];
  };
  const [job] = config.scrape_configs;
  job!.scrape_interval = '1s';
  job!.static_configs[0]!.targets = [target];
  const limit = rules.find(({ alert }) => alert === 'CdrdLag')!.expr.match(/> 60$/m)![0];
  const failing = rules.find(({ alert }) => alert === 'CdrdWebhookFailing')!.expr.match(/> 900$/m)![0];
  // It is noon of a Wednesday for the systems, whenever this runs.
  const sinceNoon = Math.floor((Date.now() - Date.UTC(2026, 10, 18, 12)) / 1000);
  const clock = rules.find(({ record }) => record === 'cdrd:system_clock:timestamp_seconds')!.expr;
  return {
    'prometheus.yml': stringify({ ...config, global: { evaluation_interval: '1s' } }),
    'cdrd.rules.yml': rulesText
      .replaceAll(/for: \w+/g, 'for: 0s')
      .replace(limit, `> ${shortLag}`)
      .replace(failing, `> ${shortFailing}`)
      .replace(clock, `${clock} - ${sinceNoon}`),
  };
}
