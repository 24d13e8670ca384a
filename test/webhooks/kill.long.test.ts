// Webhooks of the real daemon, killed in the middle of sending, and the commands beside it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { newWebhookSecret } from '../../src/webhooks/secret.ts';
import { adminToken, cdrd, startDaemon, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';
import { Receiver } from './receiver.ts';

describe('webhooks of a daemon that is killed', () => {
  const { folder, remove } = tempFolder();
  let daemon: Daemon | undefined;
  let receiver: Receiver | undefined;
  afterEach(async () => {
    await daemon?.end('SIGKILL');
    await receiver?.close();
    remove();
  });

  it(
    'tell every record at least once, in order, each under one id, over any number of deaths',
    { timeout: 120_000 },
    async () => {
      receiver = await new Receiver().open();
      const there = receiver;
      const hook = { name: 'crm', url: there.url, secret: '${CRM_SECRET}', allow_private: true, retry_seconds: 0.05 };
      const config = { systems: [{ name: 'pbx1', timezone: 'UTC' }], webhooks: [hook] };
      const env = { CRM_SECRET: newWebhookSecret() };
      const start = () => startDaemon(folder, config, { env });
      const put = (first: number, count: number) =>
        daemon!.post<{ results: { status: string }[] }>(
          '/api/v1/cdrs',
          Array.from({ length: count }, (_, at) => ({
            ...{ system: 'pbx1', uniqueid: `179531732${first + at}.1`, start: '2026-11-22T03:15:29Z' },
            ...{ duration: 5, disposition: 'BUSY', src: '101', dst: '102' },
          })),
        );
      const told = () => there.told.map(({ cdr }) => cdr!.id);
      daemon = await start();
      await put(0, 30);
      // In the middle: a request is with the receiver, which does not answer any more.
      there.answer = () => (there.posted.length < 10 ? { status: 204 } : null);
      await until(() => there.posted.length >= 10, 'ten requests');
      await daemon.end('SIGKILL');
      daemon = await start();
      await until(() => there.posted.length >= 11, 'the same request again');
      await daemon.end('SIGKILL');
      expect(there.posted[10]!.id).toBe(there.posted[9]!.id);
      there.answer = () => ({ status: 204 });
      daemon = await start();
      await put(30, 5);
      await until(() => told().at(-1) === 35, 'the last record');
      expect(told().slice(0, 10)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect([...new Set(told())]).toEqual(Array.from({ length: 35 }, (_, at) => at + 1));
      // One id for each record, however often it was told.
      expect(new Set(there.posted.map(({ id, body }) => `${id} ${JSON.stringify(body.data)}`)).size).toBe(35);
      expect(told().length).toBeLessThanOrEqual(38);

      const run = (...args: string[]) => cdrd(['--config', `${folder}/cdrd.yaml`, 'webhook', ...args], env);
      expect(await run('test', 'crm')).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^delivered to crm in \d/) as string,
      });
      there.answer = () => ({ status: 410, text: 'gone' });
      expect(await run('test', 'crm')).toMatchObject({
        ...{ code: 69, stdout: '' },
        stderr: expect.stringMatching(/^cdrd: the webhook crm: answered 410: gone; it is tried again at /) as string,
      });
      const hooks = () => daemon!.get<{ webhooks: { dead: number }[] }>('/api/v1/webhooks');
      await until(async () => (await hooks()).webhooks[0]!.dead === 1, 'a dead letter');
      expect((await run('deliveries', '--state', 'dead')).stdout).toMatch(
        /^\d+ +crm +dead +ping +5 .* answered 410: gone$/m,
      );
      expect((await run()).stdout).toMatch(/^crm +http:\/\/127\.0\.0\.1:\d+ +0 +0 +1 .* answered 410: gone$/m);
      there.answer = () => ({ status: 200 });
      expect(await run('replay', '--webhook', 'crm')).toMatchObject({ code: 0, stdout: '1 wait again\n' });
      await until(() => there.posted.at(-1)!.body.type === 'ping', 'the ping again');
      // The lines of the README, as they are printed.
      const curls = readFileSync('README.md', 'utf8').match(/^ {4}curl .*(webhooks|deliveries).*$/gm)!;
      expect(curls).toHaveLength(4);
      for (const line of curls) {
        const command = line.replace('http://127.0.0.1:8080', daemon.url);
        const answer = execFileSync('sh', ['-c', command], {
          env: { ...process.env, T: adminToken },
          encoding: 'utf8',
        });
        if (line.includes('.csv')) expect(answer).toMatch(/^id,webhook,/);
        else expect(Object.keys(JSON.parse(answer) as object)[0], answer).toMatch(/^(webhooks|deliveries)$/);
      }
      const lines = JSON.stringify(daemon.lines);
      expect(['answered 410', ': gone', env.CRM_SECRET, '/calls'].map((text) => lines.includes(text))).toEqual([
        ...[true, false, false, false],
      ]);
      await daemon.end();
      expect(await run('test', 'crm')).toMatchObject({ code: 69 });
    },
  );
});
