import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openAmiSource } from '../../../src/sources/ami/ami.ts';
import { config, Hearing } from './hearing.ts';
import { banner, cdr, Peer } from './peer.ts';

test('an abort logs off, and what Asterisk sends until it closes is kept', async () => {
  await using peer = await Peer.start();
  await using hearing = new Hearing({ port: peer.port });
  await hearing.until(() => hearing.ups === 1);
  peer.last.send(Array.from({ length: 700 }, (_, n) => cdr({ UniqueID: String(n) })).join(''));
  hearing.abort();
  await hearing.done;
  expect(peer.last.count('logoff')).toBe(1);
  expect(hearing.rows).toHaveLength(700);
  expect(hearing.state).toEqual({ state: 'stopped' });
});

test('an abort does not wait for a peer that is mute', async () => {
  await using peer = await Peer.start();
  await using hearing = new Hearing({ port: peer.port });
  await hearing.until(() => hearing.ups === 1);
  peer.last.fallAsleep();
  const start = performance.now();
  hearing.abort();
  await hearing.done;
  expect(performance.now() - start).toBeLessThan(1500);
});

test.each(['connecting', 'banner', 'login', 'pausing'])('an abort while %s returns at once', async (phase) => {
  const login = () => null;
  const isFull = phase === 'connecting';
  await using peer = await Peer.start({ login, banner: phase === 'banner' ? '' : banner });
  // 192.0.2.1 (RFC 5737) is nobody's: packets to it go unanswered, or are refused at once, which is as well.
  const host = isFull ? '192.0.2.1' : '127.0.0.1';
  const port = phase === 'pausing' ? 1 : peer.port;
  await using hearing = new Hearing({ host, port, reconnect_min_seconds: 60, reconnect_max_seconds: 60 });
  if (phase === 'login') await hearing.until(() => peer.sessions.length === 1 && peer.last.count('login') === 1);
  if (phase === 'banner') await hearing.until(() => peer.sessions.length === 1);
  if (phase === 'pausing') await hearing.until(() => hearing.state?.state === 'down');
  const start = performance.now();
  hearing.abort();
  await hearing.done;
  expect(performance.now() - start).toBeLessThan(200);
  expect(hearing.state).toEqual({ state: 'stopped' });
});

test('a start that is already aborted connects to nobody', async () => {
  await using peer = await Peer.start();
  const source = openAmiSource({
    system: 'pbx1',
    timezone: 'UTC',
    config: { ...config, port: peer.port },
    log: new Hearing({}).logger,
  });
  await source.run({
    emit: async () => undefined,
    weigh: async () => [],
    cursor: null,
    status: () => undefined,
    signal: AbortSignal.abort(),
  });
  expect(peer.sessions).toHaveLength(0);
});

test('a store that fails ends the run with its error, and the line with it', async () => {
  await using peer = await Peer.start();
  const hearing = new Hearing({ port: peer.port });
  await hearing.until(() => hearing.ups === 1);
  hearing.gate = Promise.reject(new Error('the store is broken'));
  hearing.gate.catch(() => undefined);
  peer.last.send(cdr({ UniqueID: '1' }));
  await hearing.done;
  expect(hearing.fault).toMatchObject({ message: 'the store is broken' });
  await hearing.until(() => peer.last.isClosed);
});

test('the relay leaves no socket or folder behind, from its first moment on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cdrd-test-'));
  vi.stubEnv('TMPDIR', folder);
  try {
    await using peer = await Peer.start();
    await using hearing = new Hearing({ port: peer.port });
    await hearing.until(() => hearing.ups === 1);
    await hearing.until(() => readdirSync(folder).length === 0);
  } finally {
    vi.unstubAllEnvs();
    rmdirSync(folder);
  }
});

test('a folder for the relay that cannot be made is tried again', async () => {
  vi.stubEnv('TMPDIR', '/nowhere');
  try {
    await using peer = await Peer.start();
    await using hearing = new Hearing({ port: peer.port });
    await hearing.until(() => hearing.state?.state === 'down');
    expect(hearing.state?.detail).toContain('ENOENT');
    vi.unstubAllEnvs();
    await hearing.until(() => hearing.ups === 1);
  } finally {
    vi.unstubAllEnvs();
  }
});
