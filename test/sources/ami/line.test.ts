import { once } from 'node:events';
import { fork } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { backoffMs } from '../../../src/sources/ami/ami.ts';
import { config, forGood, Hearing } from './hearing.ts';
import { accept, cdr, Peer, refuse } from './peer.ts';

const atOnce = async () => undefined;

test('logs in, asks for cdr events only, says up and pings', async () => {
  await using peer = await Peer.start();
  await using hearing = new Hearing({ port: peer.port, ping_seconds: 0.05 });
  await hearing.until(() => peer.sessions.length > 0 && peer.last.count('ping') >= 3);
  const [login, events] = peer.last.actions;
  expect(login).toMatchObject({ action: 'login', username: 'cdrd', secret: 's3cret' });
  expect(events).toMatchObject({ action: 'Events', eventmask: 'cdr' });
  expect(hearing.statuses.map(({ state }) => state)).toEqual(['connecting', 'up']);
  expect([hearing.ups, peer.sessions.length]).toEqual([1, 1]);
});

test('a line cut within an event leaves no record behind, and the next line starts clean', async () => {
  await using peer = await Peer.start();
  await using hearing = new Hearing({ port: peer.port });
  await hearing.until(() => hearing.ups === 1);
  peer.last.send(cdr({ UniqueID: 'whole' }) + 'Event: Cdr\r\nUniqueID: cut\r\nSource: 10');
  peer.last.socket.end();
  await hearing.until(() => hearing.ups === 2);
  peer.last.send(cdr({ UniqueID: 'next' }));
  await hearing.until(() => hearing.rows.length >= 2);
  expect(hearing.fields.map((fields) => ({ ...fields }))).toEqual([{ uniqueid: 'whole' }, { uniqueid: 'next' }]);
  expect(hearing.statuses.map(({ state }) => state)).toEqual(['connecting', 'up', 'down', 'up']);
  expect(hearing.statuses[2]?.detail).toMatch(
    /^127\.0\.0\.1:\d+ closed the connection; next try at \d\d:\d\d:\d\d UTC$/,
  );
});

test('a peer that falls silent without closing is noticed within twice ping_seconds', async () => {
  await using peer = await Peer.start();
  await using hearing = new Hearing({ port: peer.port, ping_seconds: 0.4 });
  await hearing.until(() => hearing.ups === 1 && peer.last.count('ping') === 1);
  const asleep = performance.now();
  peer.last.fallAsleep();
  await hearing.until(() => hearing.statuses.some(({ state }) => state === 'down'));
  expect(performance.now() - asleep).toBeLessThan(800);
  expect(hearing.statuses[2]?.detail).toMatch(/is mute: no answer to a ping within 0\.4 s/);
  await hearing.until(() => hearing.ups === 2);
});

test('a stopped process is noticed within twice ping_seconds, and heard again when it goes on', async () => {
  const child = fork(new URL('stoppable.ts', import.meta.url), { execArgv: [] });
  try {
    const [port] = (await once(child, 'message')) as [number];
    await using hearing = new Hearing({ port, ping_seconds: 0.5, connect_seconds: 0.3 });
    await hearing.until(() => hearing.ups === 1);
    const stopped = performance.now();
    child.kill('SIGSTOP');
    await hearing.until(() => hearing.state?.state === 'down');
    expect(performance.now() - stopped).toBeLessThan(1000);
    child.kill('SIGCONT');
    await hearing.until(() => hearing.ups === 2);
  } finally {
    child.kill('SIGKILL');
  }
});

test('events keep a line alive whose pings are not answered, with one ping waiting at most', async () => {
  await using peer = await Peer.start();
  await using hearing = new Hearing({ port: peer.port, ping_seconds: 0.1 });
  await hearing.until(() => hearing.ups === 1);
  peer.last.isAwake = false;
  const talking = setInterval(() => peer.last.send(cdr({ UniqueID: '1' })), 5);
  try {
    await hearing.until(() => hearing.rows.length > 100);
  } finally {
    clearInterval(talking);
  }
  expect(hearing.state?.state).toBe('up');
  expect(peer.last.count('ping')).toBeLessThanOrEqual(2);
});

test('a refused login waits long, says what to check and does not hammer', async () => {
  await using peer = await Peer.start({ login: (session, id) => (session.socket.end(refuse(id)), null) });
  await using hearing = new Hearing({ port: peer.port }, { pause: forGood });
  await hearing.until(() => hearing.pauses.length === 1);
  expect(hearing.pauses).toEqual([300_000]);
  expect(peer.sessions).toHaveLength(1);
  const next = /(\d\d:\d\d:\d\d) UTC$/.exec(hearing.state?.detail ?? '')![1]!;
  const nextMs = Date.parse(`${new Date(Date.now() + 300_000).toISOString().slice(0, 10)}T${next}Z`);
  expect(Math.abs(nextMs - Date.now() - 300_000)).toBeLessThan(10_000);
  expect(hearing.state).toEqual({
    state: 'refused',
    detail:
      `127.0.0.1:${peer.port} refused the login of user "cdrd": Authentication failed. Check section [cdrd] of ` +
      'manager.conf on that Asterisk: secret, read = cdr, permit/deny or acl for this host; then run "manager reload" ' +
      `there; next try at ${next} UTC`,
  });
  expect(hearing.warnings).toMatchObject([{ level: 'error' }]);
  expect(JSON.stringify([hearing.log, hearing.statuses])).not.toContain('s3cret');
});

test('a refusal is told once, however often it is repeated, and a later login is fine', async () => {
  await using peer = await Peer.start({
    login: (_, id) => (peer.sessions.length < 4 ? refuse(id, 'Permission denied') : accept(id)),
  });
  await using hearing = new Hearing({ port: peer.port }, { pause: atOnce });
  await hearing.until(() => hearing.ups === 1);
  expect(hearing.pauses).toEqual([300_000, 300_000, 300_000]);
  expect(hearing.statuses.map(({ state }) => state)).toEqual(['connecting', 'refused', 'refused', 'refused', 'up']);
  expect(hearing.warnings).toHaveLength(1);
});

test('a session left behind by a half-open line is no refusal', async () => {
  await using peer = await Peer.start({ login: (_, id) => refuse(id, 'Login Already In Use') });
  await using hearing = new Hearing({ port: peer.port }, { pause: forGood });
  await hearing.until(() => hearing.pauses.length === 1);
  expect(hearing.state?.state).toBe('down');
  expect(hearing.pauses[0]).toBeLessThanOrEqual(10);
});

test.each([
  'Response: Error\r\nActionID: {id}\r\nMessage: no\r\n\r\n',
  'Response: Success\r\nActionID: {id}\r\nEvents: Off\r\n\r\n',
])('events that cannot be switched on are a refusal: %j', async (events) => {
  await using peer = await Peer.start({ events });
  await using hearing = new Hearing({ port: peer.port }, { pause: forGood });
  await hearing.until(() => hearing.pauses.length === 1);
  expect(hearing.state?.state).toBe('refused');
  expect(hearing.state?.detail).toMatch(
    /does not give cdr events to user "cdrd": (no|events stay off)\. Set read = cdr/,
  );
  expect(hearing.ups).toBe(0);
});

test('lines lost during the login are tried again with growing waits, told once', async () => {
  await using peer = await Peer.start({
    login: (session, id) => (peer.sessions.length < 5 ? (session.socket.destroy(), null) : accept(id)),
  });
  const times = { reconnect_min_seconds: 1, reconnect_max_seconds: 5 };
  await using hearing = new Hearing({ port: peer.port, ...times }, { pause: atOnce, random: () => 1 });
  await hearing.until(() => hearing.ups === 1);
  expect(hearing.pauses).toEqual([1000, 2000, 4000, 5000]);
  expect(hearing.warnings).toHaveLength(1);
});

test('a line that breaks behind each login is not dialled ever faster', async () => {
  await using peer = await Peer.start();
  const times = { reconnect_min_seconds: 1, reconnect_max_seconds: 5 };
  const breakIt = () => void peer.last.socket.end();
  await using hearing = new Hearing({ port: peer.port, ...times }, { pause: atOnce, random: () => 1, onUp: breakIt });
  await hearing.until(() => hearing.pauses.length >= 4);
  expect(hearing.pauses.slice(0, 4)).toEqual([1000, 2000, 4000, 5000]);
});

test('a line that held for a ping starts the waits anew', async () => {
  await using peer = await Peer.start();
  const breakIt = () => void setTimeout(() => peer.last.socket.end(), 30);
  const options = { pause: atOnce, random: () => 1, onUp: breakIt };
  await using hearing = new Hearing({ port: peer.port, ping_seconds: 0.02, reconnect_min_seconds: 0.04 }, options);
  await hearing.until(() => hearing.pauses.length >= 3);
  expect(hearing.pauses.slice(0, 3)).toEqual([40, 40, 40]);
});

test('all that came before the end of a line is kept', async () => {
  await using peer = await Peer.start();
  await using hearing = new Hearing({ port: peer.port });
  await hearing.until(() => hearing.ups === 1);
  const filling = 'x'.repeat(600);
  peer.last.socket.end(Array.from({ length: 5000 }, (_, n) => cdr({ UniqueID: String(n), filling })).join(''));
  await hearing.until(() => hearing.state?.state === 'down' || hearing.ups === 2);
  await hearing.until(() => hearing.rows.length === 5000);
  expect(hearing.fields.map((fields) => Number(fields['uniqueid']))).toEqual(Array.from({ length: 5000 }, (_, n) => n));
});

test('the wait doubles up to its limit, and chance takes off up to half', () => {
  const times = { ...config, reconnect_min_seconds: 1, reconnect_max_seconds: 60 };
  const waits = (random: number) =>
    [0, 1, 2, 5, 6, 7, 5000].map((failures) => backoffMs(failures, times, () => random));
  expect(waits(1)).toEqual([1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000]);
  expect(waits(0)).toEqual([500, 1000, 2000, 16_000, 30_000, 30_000, 30_000]);
});

test('nobody there is said in words', async () => {
  const peer = await Peer.start();
  const { port } = peer;
  await peer[Symbol.asyncDispose]();
  await using hearing = new Hearing({ port }, { pause: forGood });
  await hearing.until(() => hearing.pauses.length === 1);
  expect(hearing.state?.detail).toMatch(`no line to 127.0.0.1:${port}: connect ECONNREFUSED`);
});

test.each([
  ['HTTP/1.1 400 Bad Request\r\n\r\n', 'does not speak AMI: it began with "HTTP/1.1 400 Bad Request"'],
  ['SSH', 'does not speak AMI: it began with "SSH"'],
  ['', 'did not send the banner of an AMI server within 0.1 s'],
])('a peer that begins with %j is not told the secret', async (beginning, detail) => {
  await using peer = await Peer.start({ banner: beginning });
  await using hearing = new Hearing({ port: peer.port, connect_seconds: 0.1 }, { pause: forGood });
  await hearing.until(() => hearing.pauses.length === 1);
  expect(hearing.state?.detail).toContain(`127.0.0.1:${peer.port} ${detail}`);
  expect(peer.last.actions).toEqual([]);
});

test('a login that is never answered ends at connect_seconds', async () => {
  await using peer = await Peer.start({ login: () => null });
  await using hearing = new Hearing({ port: peer.port, connect_seconds: 0.1 }, { pause: forGood });
  await hearing.until(() => hearing.pauses.length === 1);
  expect(hearing.state?.detail).toContain('did not answer the login within 0.1 s');
  await hearing.until(() => peer.last.isClosed);
});

test('a login is waited for while records come, and not when they end', async () => {
  await using peer = await Peer.start({ login: () => null });
  await using hearing = new Hearing({ port: peer.port, connect_seconds: 0.2 }, { pause: forGood });
  await hearing.until(() => peer.sessions[0]?.count('login') === 1);
  for (let told = 0; told < 30; told += 1) {
    peer.last.send(cdr({ UniqueID: String(told) }));
    await wait(20);
  }
  expect([hearing.state?.state, hearing.rows.length]).toEqual(['connecting', 30]);
  peer.last.send(accept(peer.last.actions[0]!['actionid']!));
  await hearing.until(() => hearing.ups === 1);
  expect(peer.sessions.length).toBe(1);

  await using other = await Peer.start({ login: () => null });
  await using waiting = new Hearing({ port: other.port, connect_seconds: 0.2 }, { pause: forGood });
  await waiting.until(() => other.sessions[0]?.count('login') === 1);
  other.last.send(cdr({ UniqueID: 'only' }));
  await waiting.until(() => waiting.pauses.length === 1);
  expect(waiting.state?.detail).toContain('did not answer the login within 0.2 s');
});

test('endless bytes without a line end cut the line, and the next one is heard', async () => {
  await using peer = await Peer.start();
  await using hearing = new Hearing({ port: peer.port });
  await hearing.until(() => hearing.ups === 1);
  peer.last.send(cdr({ UniqueID: 'before' }) + 'Event: Cdr\r\nUserField: ' + 'x'.repeat(50_000_000));
  await hearing.until(() => hearing.ups === 2);
  peer.last.send(cdr({ UniqueID: 'after' }));
  await hearing.until(() => hearing.rows.length === 2);
  expect(hearing.statuses[2]?.detail).toContain('sent a line of more than 65536 bytes');
  expect(hearing.fields.map((fields) => fields['uniqueid'])).toEqual(['before', 'after']);
});
