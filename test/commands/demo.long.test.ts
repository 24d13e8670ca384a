// cdrd demo as a person runs it: it ends when it is told to, and leaves nothing behind.
import { expect, it } from 'vitest';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { launcher } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';

async function demo(...args: string[]) {
  const { folder, remove } = tempFolder();
  const child = spawn(process.execPath, [launcher, 'demo', '--port', '0', ...args], {
    env: { ...process.env, TMPDIR: folder },
  });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  const gone = once(child, 'close');
  await until(() => said.includes('Ctrl-C ends it'), 'the demo to say where to look');
  return { child, gone, said, leftovers: () => readdirSync(folder), remove };
}

it('prints lines that work: curl gets records, and Ctrl-C ends it long before --seconds, leaving nothing', async () => {
  const { child, gone, said, leftovers, remove } = await demo('--seconds', '600', '--rate', '20');
  const [, url, body] = /curl -s (\S+) -d '(.*)'/.exec(said)!;
  await until(async () => {
    const answer = (await (await fetch(url!, { method: 'POST', body: body! })).json()) as { values: unknown[] };
    return answer.values.length === 3;
  }, 'three records');
  const lines = [...said.matchAll(/^ {2}curl -s (?:-b (\S+)|-H '([^']+)')(.*?) '?(http[^\s']+)'?(?: -d '(.*)')?$/gm)];
  const answers = lines.map(async ([, cookie, header, more, from, order]) => {
    const [name, value] = cookie === undefined ? header!.split(': ') : ['Cookie', cookie];
    const headers = { [name!]: value!, ...(more!.includes('json') ? { 'Content-Type': 'application/json' } : {}) };
    const { status } = await fetch(from!, { headers, ...(order === undefined ? {} : { method: 'POST', body: order }) });
    return `${new URL(from!).pathname} ${status}`;
  });
  expect(await Promise.all(answers)).toEqual([
    ...['/api/cdrs 200', '/portsip/api/cdrs 200', '/reporting/cdr_requests 200', '/v1.2/voipstudio/cdrs 200'],
    ...['/api/v1/cdrs 200', '/api/v1/calls/live 200'],
  ]);
  child.kill('SIGINT');
  expect((await gone)[0]).toBe(0);
  expect(leftovers()).toEqual([]);
  remove();
});

it('shows who rings and talks now, and records that know how their calls ended', async () => {
  const { child, gone, said, remove } = await demo('--seconds', '600', '--rate', '20');
  const [, authorization, url] = /curl -s -H '(Authorization: [^']+)' '(\S+\/calls\/live)'/.exec(said)!;
  const ask = async <Body>(from: string) =>
    (await (await fetch(from, { headers: { authorization: authorization!.slice(15) } })).json()) as Body;
  await until(async () => {
    const { calls } = await ask<{ calls: { state: string; company: string | null }[] }>(url!);
    const states = new Set(calls.map(({ state }) => state));
    return states.has('ringing') && states.has('talking') && calls.some(({ company }) => company !== null);
  }, 'calls that ring and talk');
  const records = url!.replace('calls/live', 'cdrs?order=-id&limit=500');
  await until(async () => {
    const { cdrs } = await ask<{ cdrs: { custom: Record<string, string> }[] }>(records);
    return cdrs.some(({ custom }) => custom['ami_ring_seconds'] && custom['ami_hangup_side']);
  }, 'a record that knows who hung up');
  child.kill('SIGINT');
  expect((await gone)[0]).toBe(0);
  remove();
});

it('ends cleanly when whoever reads its output goes away', async () => {
  const { child, gone, leftovers, remove } = await demo();
  child.stdout.destroy();
  child.stderr.destroy();
  child.kill('SIGHUP');
  expect((await gone)[0]).toBe(0);
  expect(leftovers()).toEqual([]);
  remove();
});
