// Addresses that webhooks refuse, however they are written, and names that turn out to be one when the socket connects.
import { afterEach, describe, expect, it } from 'vitest';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { isPublic, lookupWithin, PrivateAddress } from '../../src/webhooks/address.ts';
import { Poster } from '../../src/webhooks/post.ts';
import { Receiver } from './receiver.ts';

describe('an address', () => {
  it.each([
    ...['127.0.0.1', '127.255.255.254', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254'],
    ...['0.0.0.0', '100.64.0.1', '192.0.0.8', '198.18.0.1', '224.0.0.1', '255.255.255.255', '203.0.113.9'],
    ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fd12:3456::1', 'fc00::1', 'ff02::1', '2001:db8::1', 'fec0::1'],
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::'],
    ...['no address', ''],
  ])('%s is none of the public internet', (address) => {
    expect(isPublic(address)).toBe(false);
  });

  it.each(['1.1.1.1', '172.15.255.255', '172.32.0.1', '100.128.0.1', '::ffff:8.8.8.8', '2606:4700::1111'])(
    '%s is one of it',
    (address) => expect(isPublic(address)).toBe(true),
  );
});

describe('a name', () => {
  const look = (addresses: string[], allowPrivate = false, all = true) =>
    new Promise<unknown>((resolve) => {
      const resolved = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      const lookup = lookupWithin(allowPrivate, (_name, _options, done) => done(null, resolved));
      lookup('crm.example.com', { all }, (error, found) => resolve(error ?? found));
    });

  it('is its public addresses only', async () => {
    expect(await look(['10.0.0.1', '1.1.1.1', '::1'])).toEqual([{ address: '1.1.1.1', family: 4 }]);
    expect(await look(['10.0.0.1', '1.1.1.1'], false, false)).toBe('1.1.1.1');
    expect(await look(['10.0.0.1'], true)).toEqual([{ address: '10.0.0.1', family: 4 }]);
    expect(await look(['10.0.0.1', '::1'])).toBeInstanceOf(PrivateAddress);
    expect(await look([])).toBeInstanceOf(PrivateAddress);
  });
});

describe('a request', () => {
  let receiver: Receiver | undefined;
  afterEach(() => receiver?.close());

  it('is not sent where a name leads to this machine, each time it connects, whatever the name was before', async () => {
    receiver = await new Receiver().open();
    const port = new URL(receiver.url).port;
    let turns = 0;
    // Public when somebody looks first, then this machine.
    const rebinding = lookupWithin(false, (_name, _options, done) => {
      turns += 1;
      done(null, [{ address: '127.0.0.1', family: 4 }]);
    });
    for (const [url, lookup] of [
      [`http://crm.example.com:${port}/`, rebinding],
      [`http://localhost:${port}/`, undefined],
      [receiver.url, undefined],
      [`http://[::ffff:127.0.0.1]:${port}/`, undefined],
      [`http://2130706433:${port}/`, undefined],
    ] as const) {
      const poster = new Poster({ url, allowPrivate: false, timeoutMs: 2000, ...(lookup ? { lookup } : {}) });
      await expect(poster.post({}, '{}')).rejects.toThrow(
        /a private address: set allow_private: true if that is meant/,
      );
      poster.close();
    }
    expect([turns, receiver.posted.length]).toEqual([1, 0]);
  });

  it('follows no redirect, reads little of the answer, and waits no longer than it may', async () => {
    receiver = await new Receiver().open();
    const { url } = receiver;
    const poster = new Poster({ url, allowPrivate: true, timeoutMs: 300 });
    receiver.answer = () => ({ status: 302, headers: { location: `${url}/elsewhere` } });
    expect(await poster.post({}, '{}')).toMatchObject({ status: 302 });
    receiver.answer = () => ({ status: 500, text: 'x'.repeat(1e6), headers: { 'retry-after': '7' } });
    expect(await poster.post({}, '{}')).toEqual({ status: 500, retryAfter: '7', text: 'x'.repeat(1024) });
    receiver.answer = () => null;
    await expect(poster.post({}, '{}')).rejects.toThrow('no answer within 0.3 s');
    expect(receiver.posted).toHaveLength(3);
    poster.close();
  });

  it('ends with the beginning of an answer that has no end', async () => {
    const server = createServer((request, response) => {
      request.resume();
      const more = setInterval(() => response.write('x'.repeat(512)), 1);
      response.on('close', () => clearInterval(more));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const poster = new Poster({ url, allowPrivate: true, timeoutMs: 60_000 });
    expect((await poster.post({}, '{}')).text).toHaveLength(1024);
    poster.close();
    server.closeAllConnections();
    server.close();
  });

  it('comes a second time at once where the kept connection turns out to be closed by the other side', async () => {
    const sockets = new WeakSet<Socket>();
    let requests = 0;
    const server = createServer((request, response) => {
      requests += 1;
      if (sockets.has(request.socket)) return request.socket.destroy();
      sockets.add(request.socket);
      request.resume().on('end', () => response.writeHead(204).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const poster = new Poster({ url, allowPrivate: true, timeoutMs: 2000 });
    expect([await poster.post({}, '{}'), await poster.post({}, '{}')]).toMatchObject([
      { status: 204 },
      { status: 204 },
    ]);
    expect(requests).toBe(3);
    poster.close();
    server.closeAllConnections();
    server.close();
  });
});
