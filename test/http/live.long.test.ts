import { afterEach, describe, expect, it } from 'vitest';
import { listen } from './listener.ts';
import { adminToken, openHouse, until, type House, type HouseOptions } from './support.ts';

const offer = (token: string) => `cdrd.token.${Buffer.from(token).toString('base64url')}`;

describe('the door of /live', () => {
  let house: House;
  const open = async (options?: HouseOptions) => (house = await openHouse(options));
  afterEach(() => house.close());

  it('lets in a token in the Authorization header and greets with the generation', async () => {
    await open();
    const client = await listen(house, await house.token());
    expect(await client.hear('hello')).toEqual({ type: 'hello', generation: house.store.generation, seq: 0 });
    expect(client.ws.protocol).toBe('');
  });

  it('lets in a token as subprotocol, choosing cdrd.v1 and never repeating the token', async () => {
    await open();
    const client = await listen(house, null, { protocols: ['cdrd.v1', offer(adminToken)] });
    await client.hear('hello');
    expect(client.ws.protocol).toBe('cdrd.v1');
  });

  it('lets in a token in the first message, and serves a subscription sent right behind it', async () => {
    await open();
    const client = await listen(house, null);
    client.say({ type: 'auth', token: await house.token() });
    await client.subscribe();
    expect(client.frames.map(({ type }) => type)).toEqual(['hello', 'live']);
  });

  it('answers a ping with a pong, and nothing else', async () => {
    await open();
    const client = await listen(house, await house.token());
    client.say({ type: 'ping' });
    await client.hear('pong');
    expect(client.frames.map(({ type }) => type)).toEqual(['hello', 'pong']);
  });

  it('refuses with 401 a token that is unknown or revoked, in the header and as subprotocol', async () => {
    await open();
    const { token, secret } = await house.store.createToken({ name: 'gone', scope: 'read', companies: null }, 1);
    await listen(house, secret);
    await house.store.revokeToken(token.id, 2);
    await expect(listen(house, secret)).rejects.toThrow('401');
    await expect(listen(house, null, { protocols: ['cdrd.v1', offer(secret)] })).rejects.toThrow('401');
    await expect(listen(house, null, { protocols: ['cdrd.v1', 'cdrd.token.%%%'] })).rejects.toThrow('401');
  });

  it('refuses a token in the URL, even a good one', async () => {
    await open();
    await expect(listen(house, null, { path: `/live?token=${adminToken}` })).rejects.toThrow('400');
    await expect(listen(house, adminToken, { path: '/live?x' })).rejects.toThrow('400');
    await expect(listen(house, adminToken, { path: '/other' })).rejects.toThrow('404');
    expect(house.log.join('')).not.toContain(adminToken);
  });

  it('closes whoever shows a wrong token in the first message, or anything but a token', async () => {
    await open();
    for (const message of [
      { type: 'auth', token: 'wrong' },
      { type: 'subscribe' },
      { type: 'auth' },
      [],
      'x',
      { type: '__proto__' },
    ]) {
      const client = await listen(house, null);
      client.say(message);
      expect((await client.gone()).code).toBe(1008);
      expect(client.frames).toEqual([]);
    }
  });

  it('closes whoever shows no token in time', async () => {
    await open({ loginSeconds: 0.05 });
    const client = await listen(house, null);
    expect(await client.gone()).toEqual({ code: 1008, reason: 'no token within 0.05 s (auth.login_seconds)' });
  });

  it('keeps a client that showed its token in time beyond that time', async () => {
    await open({ loginSeconds: 0.2 });
    const late = await listen(house, null);
    const client = await listen(house, null);
    client.say({ type: 'auth', token: adminToken });
    await client.hear('hello');
    await late.gone();
    await client.subscribe();
    expect(client.closed).toBeNull();
  });

  it('lets in no more clients than configured, and another when one has gone', async () => {
    await open({ limits: { live_clients: 2 } });
    const [first] = [await listen(house, adminToken), await listen(house, adminToken)];
    await expect(listen(house, adminToken)).rejects.toThrow('503');
    first.ws.close();
    await until(() => house.live.stats.clients === 1);
    await listen(house, adminToken);
  });

  it('does not let clients without a token take the room of those with one', async () => {
    await open({ limits: { live_clients: 4 } });
    await Promise.all([listen(house, null), listen(house, null)]);
    await expect(listen(house, null)).rejects.toThrow('503');
    await Promise.all([listen(house, adminToken), listen(house, adminToken)]);
  });

  it('answers nonsense with a sentence and goes on', async () => {
    await open();
    const client = await listen(house, adminToken);
    const nonsense: [unknown, string][] = [
      [5, 'expected a JSON object as text'],
      [{ type: 'listen' }, 'type: "listen" is not one of auth, subscribe'],
      [{ type: 'subscribe', after: -1 }, 'after: -1 is not a whole number from 0 or null'],
      [{ type: 'subscribe', after: '5' }, 'after: "5" is not a whole number from 0 or null'],
      [
        { type: 'subscribe', filter: { compnay: 'x' } },
        'filter.compnay: is not known, expected one of from, to, company, extension, system, disposition, direction',
      ],
      [
        { type: 'subscribe', filter: { disposition: 'GONE', company: '' } },
        'filter.company: "" is not a text of 1 to 255 characters; filter.disposition: "GONE" is not one of',
      ],
      [{ type: 'auth', token: adminToken }, 'this socket has shown a token already'],
    ];
    for (const [message] of nonsense) client.say(message);
    await client.subscribe();
    client.say({ type: 'subscribe' });
    await client.until(() => client.frames.length === nonsense.length + 3);
    const sentences = client.frames.filter(({ type }) => type === 'error').map(({ message }) => message);
    expect(sentences.slice(0, -1)).toEqual(nonsense.map(([, sentence]) => expect.stringContaining(sentence) as string));
    expect(sentences.at(-1)).toContain('this socket has a subscription already');
  });

  it('closes a client that sends too much: in one message, or in number', async () => {
    await open();
    const large = await listen(house, adminToken);
    large.say({ type: 'subscribe', generation: 'x'.repeat(9000) });
    expect(await large.gone()).toEqual({ code: 1009, reason: 'the message is larger than 8192 bytes' });
    const many = await listen(house, adminToken);
    for (let said = 0; said < 117; said += 1) {
      many.say({ type: 'x' });
      if (said < 116) await many.until(() => many.frames.length === said + 2);
    }
    expect(await many.gone()).toEqual({
      code: 4429,
      reason: 'more than 116 messages in 60 s (100 and limits.live_subscriptions)',
    });
  });

  it('takes a burst: the token and all subscriptions at once, also while the token is looked up', async () => {
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (answer = resolve));
    await open({
      store: (store) => ({ ...store, findToken: async (hash) => (await asked, await store.findToken(hash)) }),
    });
    const secret = await house.token('read');
    const client = await listen(house, null);
    client.say({ type: 'auth', token: secret });
    for (let at = 0; at < 16; at++) {
      client.say({ type: 'subscribe', id: `s${at}`, after: 0, filter: { src: 'x'.repeat(255) } });
    }
    for (let at = 0; at < 60; at++) client.say({ type: 'ping' });
    answer();
    await client.until(() => client.frames.filter(({ type }) => type === 'pong').length === 60);
    expect(client.frames.filter(({ type }) => type === 'live')).toHaveLength(16);
    expect(client.closed).toBeNull();
  });

  it('shows out a client whose token was revoked within live_check_seconds, and only that one', async () => {
    await open({ limits: { live_check_seconds: 0.05 } });
    const { token, secret } = await house.store.createToken({ name: 'soon gone', scope: 'read', companies: null }, 1);
    const [first, second, other] = [
      await listen(house, secret),
      await listen(house, null),
      await listen(house, adminToken),
    ];
    second.say({ type: 'auth', token: secret });
    await Promise.all([first.subscribe(), second.subscribe(), other.subscribe()]);
    await house.store.revokeToken(token.id, 2);
    expect(await first.gone()).toEqual({ code: 1008, reason: 'the token was revoked' });
    expect((await second.gone()).code).toBe(1008);
    expect(other.closed).toBeNull();
  });

  it('keeps clients while tokens cannot be looked up, and says so once', async () => {
    let isAway = false;
    let asked = 0;
    await open({
      limits: { live_check_seconds: 0.05 },
      store: (store) => ({
        ...store,
        findToken: (hash) => ((asked += 1), isAway ? Promise.reject(new Error('away')) : store.findToken(hash)),
      }),
    });
    const client = await listen(house, await house.token());
    isAway = true;
    asked = 0;
    await until(() => asked >= 3);
    expect(client.closed).toBeNull();
    expect(house.log.filter((line) => line.includes('clients of the feed cannot be checked'))).toHaveLength(1);
    await expect(listen(house, 'x')).rejects.toThrow('503');
  });

  it('hangs up on a peer that answers no ping, and keeps one that does', async () => {
    await open({ limits: { live_ping_seconds: 0.1 } });
    const dead = await listen(house, adminToken, { autoPong: false });
    const alive = await listen(house, adminToken);
    expect((await dead.gone()).code).toBe(1006);
    let pings = 0;
    alive.ws.on('ping', () => (pings += 1));
    await until(() => pings >= 3);
    expect(alive.closed).toBeNull();
  });

  it('says goodbye with 1001 when the daemon stops, does not wait for a mute client, and lets nobody in after', async () => {
    await open();
    const [polite, mute] = [await listen(house, adminToken), await listen(house, adminToken)];
    mute.ws.pause();
    const began = performance.now();
    const closing = house.live.close();
    await expect(listen(house, adminToken)).rejects.toThrow('503');
    expect(await polite.gone()).toEqual({ code: 1001, reason: 'cdrd is stopping' });
    await closing;
    expect(performance.now() - began).toBeLessThan(1500);
    expect(house.live.stats.clients).toBe(0);
    mute.ws.terminate();
  });
});
