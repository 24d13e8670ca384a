// What goes wrong beside a daemon, and the message a person would see. The process stays up wherever it can.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openPbx, type Pbx } from '../../src/simulator/pbx.ts';
import { openAmiPeer } from '../../src/simulator/ami.ts';
import { captureRecords } from '../simulator/capture.ts';
import { cdrd, startDaemon, writeConfig, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';

interface Ready {
  status: string;
  store: { state: string; detail: string | null };
  sources: { name: string; state: string; detail: string | null; received: number; stored: number; rejected: number }[];
}

let folder: string;
let remove: () => void;
let daemon: Daemon | undefined;
const closers: (() => Promise<unknown>)[] = [];

beforeEach(() => ({ folder, remove } = tempFolder()));
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = undefined;
  for (const close of closers.splice(0)) await close();
  remove();
});

const account = { username: 'cdrd', secret: 's3cret' };
const amiSystem = (port: number, change: object = {}) => [{ name: 'pbx1', ami: { port, ...account, ...change } }];
const ready = () => daemon!.get<Ready>('/readyz');

async function pbxHere(): Promise<Pbx> {
  const pbx = await openPbx({ ami: { host: '127.0.0.1', port: 0, ...account }, mappings: true, timezone: 'UTC' });
  closers.push(() => pbx.close());
  return pbx;
}

describe('a store that cannot be reached', () => {
  it('is named, with the reason and without the password, and ends the start with 69', async () => {
    const config = writeConfig(folder, { store: { url: 'mysql://cdrd:hunter2@127.0.0.1:1/cdrd', data_dir: folder } });
    const { code, stderr, stdout } = await cdrd(['run', '--config', config]);
    expect(code).toBe(69);
    expect(stderr).toMatch(
      /^cdrd: the store mysql:\/\/cdrd:\*\*\*@127\.0\.0\.1:1\/cdrd cannot be opened: .*ECONNREFUSED.*\n$/,
    );
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('says which folder it could not make or write', async () => {
    const config = writeConfig(folder, { store: { url: 'sqlite:/proc/nowhere/cdrd.db', data_dir: folder } });
    const { code, stderr } = await cdrd(['run', '--config', config]);
    expect(code).toBe(69);
    expect(stderr).toContain('cdrd: the store /proc/nowhere/cdrd.db cannot be made');
  });

  it('says that a file is no database', async () => {
    const config = writeConfig(folder, { store: { url: `sqlite:${folder}/cdrd.yaml`, data_dir: folder } });
    const { code, stderr } = await cdrd(['run', '--config', config]);
    expect(code).toBe(69);
    expect(stderr).toContain('cannot be opened: file is not a database (SQLITE_NOTADB)');
  });

  it('is refused as configuration when its URL is neither SQLite nor MySQL', async () => {
    const config = writeConfig(folder, { store: { url: 'postgres://cdrd:hunter2@db/cdrd', data_dir: folder } });
    const { code, stderr } = await cdrd(['run', '--config', config]);
    expect(code).toBe(78);
    expect(stderr).toContain('store.url: found "postgres://cdrd:***@db/cdrd", expected sqlite:FILE or mysql://…\n');
  });
});

describe('a store that goes away under the daemon', () => {
  it('stops the daemon with 70 when its file was replaced: records must not go into a deleted file', async () => {
    const pbx = await pbxHere();
    daemon = await startDaemon(folder, { systems: amiSystem(pbx.amiPort) });
    await pbx.ami.whenListening();
    rmSync(join(folder, 'cdrd.db'));
    pbx.ami.broadcast(pbx.event(captureRecords[0]!));
    const [code] = (await once(daemon.child, 'close')) as [number];
    expect(code).toBe(70);
    expect(JSON.stringify(daemon.lines)).toContain('was removed or replaced while cdrd was running');
  });
});

describe('a PBX that does not work', () => {
  it('with a wrong AMI password: says who was refused where and what to check, and does not hammer', async () => {
    const pbx = await pbxHere();
    daemon = await startDaemon(folder, { systems: amiSystem(pbx.amiPort, { secret: 'wrong-secret' }) });
    const { detail } = await until(
      async () => (await ready()).sources.find(({ state }) => state === 'refused'),
      'the refusal',
    );
    for (const part of ['cdrd', `127.0.0.1:${pbx.amiPort}`, 'manager.conf']) expect(detail).toContain(part);
    expect((await fetch(`${daemon.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200);
    expect(JSON.stringify(daemon.lines)).not.toContain('wrong-secret');
    expect(pbx.ami.counts.accepted).toBe(1);
  });

  it('with something else on the AMI port: says what it found there', async () => {
    const web: Server = createServer((_request, response) => response.end('hello'));
    web.on('connection', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => (web.closeAllConnections(), web.close(resolve))));
    const { port } = web.address() as AddressInfo;
    daemon = await startDaemon(folder, { systems: amiSystem(port) });
    const { detail } = await until(
      async () => (await ready()).sources.find(({ state }) => state === 'down'),
      'the fault',
    );
    expect(detail).toContain(`127.0.0.1:${port} does not speak AMI: it began with "HTTP/1.1 400 Bad Request`);
  });

  it('with nobody on the AMI port: says so, and connects when it comes', async () => {
    const first = await openAmiPeer({ host: '127.0.0.1', port: 0, ...account });
    const { port } = first;
    await first.close();
    daemon = await startDaemon(folder, {
      systems: amiSystem(port, { reconnect_min_seconds: 0.05, reconnect_max_seconds: 0.1 }),
    });
    const { detail } = await until(
      async () => (await ready()).sources.find(({ state }) => state === 'down'),
      'the fault',
    );
    expect(detail).toContain('ECONNREFUSED');
    const second = await openAmiPeer({ host: '127.0.0.1', port, ...account });
    closers.push(() => second.close());
    await until(async () => (await ready()).status === 'ready', 'the daemon to be ready');
  });

  it('with hostile and broken events: each becomes a record or a reject, and the good ones are stored', async () => {
    const pbx = await pbxHere();
    daemon = await startDaemon(folder, { systems: amiSystem(pbx.amiPort) });
    await until(async () => (await ready()).sources[0]!.state === 'up', 'the line to be up');
    const good = pbx.event(captureRecords[0]!);
    const broken = [
      good.replace(/Duration: .*\r\n/, 'Duration: a week\r\n'),
      good.replace(/UniqueID: .*\r\n/, ''),
      good.replace(/(Source: .*\r\n)/, '$1Source: 999\r\n'),
      good
        .replace(/Disposition: .*\r\n/, 'Disposition: PERHAPS\r\n')
        .replace(/StartEpoch: .*\r\n/, '')
        .replace(/StartTime: .*\r\n/, 'StartTime: noon\r\n'),
    ];
    const odd = [
      good.replace(/(UserField: .*\r\n)/, '$1__proto__: x\r\nconstructor: y\r\nno colon here\r\n'),
      'Event: UserEvent\r\nUserEvent: a\r\nUserEvent: b\r\n\r\n',
      'Event: RawEvent\r\n\r\n',
      '\r\n\r\n: \r\n\r\n',
    ];
    for (const bytes of [...broken, ...odd, pbx.event(captureRecords[1]!)]) pbx.ami.broadcast(bytes);
    await until(async () => (await ready()).sources[0]!.received === 6, 'six events');
    const [source] = (await ready()).sources;
    expect(source).toMatchObject({ stored: 2, rejected: 4, state: 'up' });
    const { stdout } = await cdrd(['rejects', '--config', join(folder, 'cdrd.yaml')]);
    for (const reason of [
      'duration: "a week" is not a whole number of seconds',
      'uniqueid: is missing or empty, expected',
      'source: ',
      'disposition: "PERHAPS" is not one of NO ANSWER, FAILED, BUSY, ANSWERED, CONGESTION, CANCEL, UNKNOWN',
      'starttime: "noon" is not a time like 2026-11-22 03:15:29',
    ]) {
      expect(stdout).toContain(reason);
    }
  });

  it('without mappings: says once what Asterisk does not send, with the lines to paste', async () => {
    const pbx = await openPbx({ ami: { host: '127.0.0.1', port: 0, ...account }, mappings: false, timezone: 'UTC' });
    closers.push(() => pbx.close());
    daemon = await startDaemon(folder, { systems: amiSystem(pbx.amiPort) });
    await pbx.ami.whenListening();
    await pbx.play(captureRecords);
    await until(async () => (await ready()).sources[0]!.received === 40, 'forty events');
    const advice = daemon.lines.filter(({ msg }) => String(msg).includes('cdr_manager.conf and run'));
    expect(advice).toHaveLength(1);
    expect(advice[0]!['msg']).toContain('sequence => Sequence\n');
    expect((await ready()).sources[0]).toMatchObject({ stored: 40 });
  });
});
