import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/http/problem.ts';
import { openHouse, record, until, ask, type House } from './support.ts';

describe('the HTTP server', () => {
  let house: House;
  afterEach(() => house.close());

  /** Everything the server says to these bytes until it hangs up. */
  const exchange = async (bytes: string): Promise<string> => {
    const socket = connect(Number(new URL(house.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.write(bytes);
    await new Promise((resolve) => socket.once('close', resolve));
    return answer;
  };

  it('answers 404 with a problem document before it has read a body, without repeating the query', async () => {
    house = await openHouse();
    const { status, body } = await ask<Problem>(house, 'POST', '/nowhere?token=secret', {
      body: 'x'.repeat(house.context.limits.body_bytes + 1),
    });
    expect(status).toBe(404);
    expect(body).toMatchObject({
      type: 'about:blank',
      title: 'Not found',
      detail: 'there is nothing at POST /nowhere',
    });
  });

  it('answers a client that offers another protocol as if it had not', async () => {
    house = await openHouse();
    const answer = await exchange(
      'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 OK.*\{"status":"ok"\}/s);
  });

  it('tells whoever comes to /live without a WebSocket to bring one', async () => {
    house = await openHouse();
    const { status, headers } = await ask(house, 'GET', '/live');
    expect([status, headers['upgrade']]).toEqual([426, 'websocket']);
  });

  it('lets no cache keep an answer', async () => {
    house = await openHouse();
    const { headers } = await ask(house, 'GET', '/api/v1/cdrs', { token: await house.token() });
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });

  it('is alive always, and ready while the store answers and it is not stopping', async () => {
    let isAway = false;
    house = await openHouse({
      store: (store) => ({ ...store, probe: () => (isAway ? Promise.reject(new Error('gone')) : store.probe()) }),
    });
    await house.put([record()]);
    const ready = await ask<{ sources: unknown[] }>(house, 'GET', '/readyz');
    expect(ready).toMatchObject({ status: 200, body: { status: 'ready', store: { state: 'up', detail: null } } });
    expect(ready.body.sources).toEqual([
      {
        ...{
          name: 'pbx1/api',
          state: 'up',
          detail: null,
          last_record: '2026-11-22T03:16:14Z',
          lag_seconds: expect.any(Number) as number,
        },
        ...{ received: 1, stored: 1, duplicate: 0, rejected: 0, expired: 0, lost: 0 },
      },
    ]);
    isAway = true;
    expect(await ask(house, 'GET', '/readyz')).toMatchObject({
      status: 503,
      body: { status: 'not ready', store: { state: 'down', detail: 'gone' } },
    });
    isAway = false;
    house.health.stopping();
    expect(await ask(house, 'GET', '/readyz')).toMatchObject({ status: 503, body: { status: 'stopping' } });
    expect(await ask(house, 'GET', '/healthz')).toMatchObject({ status: 200 });
  });

  it('is not ready while no source of a system is up, and ready as soon as one is', async () => {
    house = await openHouse({ systems: ['pbx1', 'pbx2'] });
    for (const system of ['pbx1', 'pbx2']) await house.ingest.open({ name: `${system}/ami`, kind: 'ami', system });
    expect(await ask(house, 'GET', '/readyz')).toMatchObject({
      status: 503,
      body: { status: 'not ready', sources: [{ name: 'pbx1/ami', state: 'connecting' }, { name: 'pbx2/ami' }] },
    });
    const stop = new AbortController();
    const stops: (() => void)[] = [];
    const runs = ['pbx1', 'pbx2'].map((system) =>
      house.ingest.run(
        {
          name: `${system}/ami`,
          kind: 'ami',
          system,
          run: ({ status }) => (status({ state: 'up' }), new Promise((resolve) => stops.push(resolve))),
        },
        stop.signal,
      ),
    );
    expect((await ask(house, 'GET', '/readyz')).status).toBe(200);
    stops[1]!();
    await runs[1];
    expect((await ask(house, 'GET', '/readyz')).status).toBe(503);
    stops[0]!();
    await runs[0];
  });

  it('says within seconds that a store which does not answer is not ready, and asks it once for all who ask', async () => {
    let probes = 0;
    let answer: () => void = () => undefined;
    house = await openHouse({
      store: (store) => ({
        ...store,
        probe: () => ((probes += 1), new Promise<void>((resolve) => (answer = resolve))),
      }),
    });
    const asked = await Promise.all(Array.from({ length: 20 }, () => ask(house, 'GET', '/readyz')));
    expect(asked[0]).toMatchObject({
      status: 503,
      body: { store: { state: 'down', detail: 'the store did not answer within 2 s' } },
    });
    expect(probes).toBe(1);
    answer();
    await until(() => probes === 1);
  });

  it('counts in /metrics what happened, in the words of Prometheus', async () => {
    house = await openHouse();
    const given = record();
    await house.put([given]);
    await house.put([given]);
    await ask(house, 'GET', '/nowhere/441632960000');
    const { status, headers, body } = await ask<string>(house, 'GET', '/metrics');
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(body).toContain('cdrd_source_received_total{source="pbx1/api"} 2');
    expect(body).toContain('cdrd_source_stored_total{source="pbx1/api"} 1');
    expect(body).toContain('cdrd_source_duplicate_total{source="pbx1/api"} 1');
    expect(body).toContain('cdrd_ready 1');
    expect(body).toContain('cdrd_live_clients 0');
    expect(body).not.toContain('441632960000');
  });
});
