// Live calls of a real Asterisk 22: seen ringing, talking, held and ended over WebSocket, told by their records, and settled by them
// when the line breaks in the middle of a call.
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NativeLiveCall } from '../../src/http/dialects/native/liveshape.ts';
import { openProxy, type Proxy } from '../faults/proxy.ts';
import { startAsterisk, type Pbx } from '../services/asterisk.ts';
import { adminToken, startDaemon, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';

interface Told {
  type: string;
  live?: true;
  op?: string;
  call?: NativeLiveCall;
  reason?: string;
  [name: string]: unknown;
}

const { folder, remove } = tempFolder();
let pbx: Pbx;
let line: Proxy;
let daemon: Daemon;
let socket: WebSocket;
const told: Told[] = [];
const live = (since: number) => told.slice(since).filter((message) => message.live);
const telco = { endpoint: 'trunk-telco', name: 'Caller', number: '+441632960111' };
const alice = { endpoint: 'acme-101', name: 'Alice', number: '101' };

beforeAll(async () => {
  pbx = await startAsterisk();
  line = await openProxy({ port: pbx.watcher.port });
  const ami = {
    ...pbx.watcher,
    port: line.port,
    events: 'calls',
    reconnect_min_seconds: 0.2,
    reconnect_max_seconds: 0.2,
  };
  const table = { url: pbx.tableUrl, timezone: 'UTC', poll_seconds: 0.5 };
  daemon = await startDaemon(folder, { systems: [{ name: 'pbx1', ami, table }] });
  await daemon.said('AMI is up');
  const headers = { authorization: `Bearer ${adminToken}` };
  socket = new WebSocket(`${daemon.url.replace('http', 'ws')}/live`, { headers });
  socket.on('message', (data: Buffer) => told.push(JSON.parse(data.toString()) as Told));
  socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', types: ['cdr', 'call'], live: true })));
  await until(() => told.some(({ type }) => type === 'live_calls'), 'the subscription');
});
afterAll(async () => {
  socket?.terminate();
  await daemon?.end('SIGKILL');
  await line?.close();
  await pbx?.stop();
  remove();
});

const custom = (record: unknown) => (record as { custom: Record<string, string> }).custom;

describe('live calls of a real Asterisk', () => {
  it('ring, are talked in and end over WebSocket; the record tells ring time, side and cause', async () => {
    const before = told.length;
    await pbx.phones.call({ ...alice, exten: '120', talkMs: 1500 });
    await until(() => live(before).some(({ op }) => op === 'ended'), 'the end');
    const states = live(before).map(({ op, call }) => (op === 'ended' ? op : call!.state));
    // What comes in one moment is one message, so how many there are of each is left to chance.
    const inOrder = states.filter((state, at) => state !== 'dialing' && state !== states[at - 1]);
    expect(inOrder).toEqual(['ringing', 'talking', 'ended']);
    const talking = live(before).find(({ call }) => call?.state === 'talking')!.call!;
    expect(talking).toMatchObject({ system: 'pbx1', caller: '101', called: '120', company: 'acme' });
    expect(talking.legs).toMatchObject([
      { from: { extension: '101', company: 'acme' }, to: { extension: '102' }, state: 'talking' },
    ]);
    expect(live(before).at(-1)).toMatchObject({
      op: 'ended',
      reason: 'hangup',
      hangup_side: 'caller',
      hangup_cause: 16,
    });

    const records = await until(async () => {
      const found = (await daemon.records()).filter(({ linkedid }) => linkedid === talking.linkedid);
      return found.length === 2 ? found : null;
    }, 'both records');
    const outer = records.find(({ channel }) => channel!.startsWith('PJSIP/'))!;
    expect(custom(outer)).toMatchObject({ ami_hangup_side: 'caller', ami_hangup_cause: '16' });
    expect(Number(custom(outer)['ami_ring_seconds'])).toBeGreaterThan(0.9);
    expect(Number(custom(outer)['ami_ring_seconds'])).toBeLessThan(2);
    // The durable call of the same linkedid follows in the sequence.
    const durable = () =>
      told.slice(before).some(({ live: now, call }) => !now && call && JSON.stringify(call).includes(talking.linkedid));
    await until(durable, 'the call made of the records');
    expect(await daemon.get('/api/v1/calls/live')).toEqual({
      calls: [],
      more: false,
      systems: [{ name: 'pbx1', up: true, detail: null }],
      why: null,
    });
  });

  it('are held while the phone says so; the record tells for how long', async () => {
    const before = told.length;
    await pbx.phones.call({ ...alice, exten: '102', talkMs: 1000, holds: true });
    await until(() => live(before).some(({ op }) => op === 'ended'), 'the end');
    const states = live(before).map(({ call }) => call?.state);
    expect(states.indexOf('held')).toBeGreaterThan(states.indexOf('talking'));
    expect(states.lastIndexOf('talking')).toBeGreaterThan(states.indexOf('held'));
    const { linkedid } = live(before)[0]!.call!;
    const record = await until(
      async () => (await daemon.records()).find((one) => one.linkedid === linkedid) ?? null,
      'the record',
    );
    expect(Number(custom(record)['ami_hold_seconds'])).toBeGreaterThan(0.9);
    expect(Number(custom(record)['ami_hold_seconds'])).toBeLessThan(2);
  });

  it('are settled by their record when the line broke in the middle and stayed away', async () => {
    const before = told.length;
    const calling = pbx.phones.call({ ...alice, exten: '102', talkMs: 2000 });
    await until(() => live(before).some(({ call }) => call?.state === 'talking'), 'the talk');
    line.refuse(true);
    await calling;
    await until(() => live(before).some(({ op }) => op === 'ended'), 'the end', 20_000);
    expect(live(before).filter(({ op }) => op === 'ended')).toMatchObject([{ reason: 'cdr' }]);
    line.refuse(false);
    await until(async () => {
      const { systems } = await daemon.get<{ systems: { up: boolean }[] }>('/api/v1/calls/live');
      return systems[0]!.up;
    }, 'the line');
  });

  it('are told again after a short break of the line, and end by their hangup; their record is complete', async () => {
    const before = told.length;
    const calling = pbx.phones.call({ ...alice, exten: '102', talkMs: 3000 });
    await until(() => live(before).some(({ call }) => call?.state === 'talking'), 'the talk');
    line.reset();
    await until(() => live(before).some(({ op, reason }) => op === 'ended' && reason === 'hangup'), 'the end');
    await calling;
    const { linkedid } = live(before)[0]!.call!;
    const record = await until(
      async () => (await daemon.records()).find((one) => one.linkedid === linkedid) ?? null,
      'the record',
    );
    expect(custom(record)).toMatchObject({ ami_hangup_side: 'caller', ami_hangup_cause: '16' });
  });

  it('that were found by a cdrd that started in the middle tell what is known, and nothing else', async () => {
    const other = tempFolder();
    const config = { systems: [{ name: 'pbx1', ami: { ...pbx.watcher, events: 'calls' } }] };
    const one = async (cdrd: Daemon) =>
      until(async () => {
        const { calls } = await cdrd.get<{ calls: NativeLiveCall[] }>('/api/v1/calls/live');
        return calls.find(({ state }) => state === 'talking') ?? null;
      }, 'the talk');
    let late = await startDaemon(other.folder, config);
    try {
      await late.said('AMI is up');
      const calling = pbx.phones.call({ ...telco, exten: '441632960000', talkMs: 14_000 });
      const whole = await one(late);
      expect(whole).toMatchObject({ called: '441632960000', answer: expect.any(String) as string });
      await late.end('SIGKILL');
      late = await startDaemon(other.folder, config);
      const found = await one(late);
      const { linkedid, caller, direction, extensions } = whole;
      expect(found).toMatchObject({ linkedid, caller, direction, extensions, called: null, answer: null });
      const sides = ({ legs }: NativeLiveCall) => legs.map(({ from, to }) => [from, to]);
      expect(sides(found)).toEqual(sides(whole));
      expect(found.legs).toMatchObject([{ from: { channel: expect.stringMatching(/^PJSIP.trunk-telco/) as string } }]);
      expect(found.legs[0]).toMatchObject({ state: 'talking', answer: null });
      await calling;
      await until(async () => (await late.records()).length === 1, 'the record');
    } finally {
      await late.end('SIGKILL');
      other.remove();
    }
  });

  it('say once that the manager user may not hear them, and records go on', async () => {
    const other = tempFolder();
    const deaf = await startDaemon(other.folder, { systems: [{ name: 'pbx1', ami: { ...pbx.ami, events: 'calls' } }] });
    try {
      await deaf.said('AMI is up');
      await pbx.phones.call({ ...alice, exten: '102', talkMs: 200 });
      await deaf.said('set read = cdr,call in section [cdrd] of manager.conf');
      expect(await deaf.records()).toHaveLength(1);
    } finally {
      await deaf.end('SIGKILL');
      other.remove();
    }
  });
});
