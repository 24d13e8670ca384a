// Live calls as clients are told them: on /live, on the event stream and by GET, each behind its wall.
import { afterEach, describe, expect, it } from 'vitest';
import { captured, heardNow, readEvent, type Captured } from '../live/captured.ts';
import { until } from '../support/until.ts';
import { listen, type Listener } from './listener.ts';
import { stream } from './streamer.ts';
import { adminToken, ask, openHouse, record, type House } from './support.ts';

interface Told {
  type: string;
  live?: boolean;
  op?: string;
  ids?: string[];
  calls?: number;
  call?: { linkedid: string; state?: string; legs?: { from: { company: string } }[] };
  reason?: string;
  [name: string]: unknown;
}

/** Phones are of companies: account codes are, by the rules of this house. */
const companies: Record<string, string> = { '101': 'acme', '102': 'beta', '103': 'gamma' };

function withCompanies({ text }: Captured): Captured {
  const device = (prefix: string) => new RegExp(`^${prefix}Channel: PJSIP/(\\d+)-`, 'm').exec(text)?.[1] ?? '';
  const code = (prefix: string) => companies[device(prefix)] ?? '';
  return readEvent(
    text
      .replace(/^AccountCode: .*$/m, `AccountCode: ${code('')}`)
      .replace(/^DestAccountCode: .*$/m, `DestAccountCode: ${code('Dest')}`),
  );
}
const talk = captured('internal-caller-hangs-up').map(withCompanies);
const consulted = captured('attended-transfer-caller-hangs-up-first').map(withCompanies);

describe('live calls', () => {
  let house: House;
  const open = async () => {
    house = await openHouse();
    house.context.board.ear('pbx1').up();
  };
  afterEach(() => house.close());

  const page = (query: string, token = adminToken) =>
    ask<{ calls: object[]; systems: object[]; more: boolean; why: string | null }>(
      house,
      'GET',
      `/api/v1/calls/live${query}`,
      { token },
    );
  /** From one event to another, by name and which of that name. `as`: at the time of the capture, which is days ago, where that is told. */
  const send = (events: readonly Captured[], from: number, to = events.length, as: typeof heardNow = heardNow) => {
    const ear = house.context.board.ear('pbx1');
    for (const { event } of events.slice(from, to)) if (event) ear.hear(as(event));
  };
  const asCaptured: typeof heardNow = (event) => event;
  const after = (events: readonly Captured[], name: string, nth = 1) =>
    events.findIndex((_, at) => events.slice(0, at + 1).filter((event) => event.name === name).length === nth) + 1;
  const shown = (frames: readonly unknown[]) =>
    (frames as Told[])
      .filter(({ live, type }) => live === true || type === 'live_calls')
      .map(({ type, op, calls, call, reason }) => (type === 'call' ? [op, call?.state ?? reason] : [type, calls]));
  const subscribe = async (token = adminToken, more: object = {}): Promise<Listener> => {
    const client = await listen(house, token);
    client.say({ type: 'subscribe', types: ['call'], live: true, ...more });
    await client.until(() => shown(client.frames).some(([what]) => what === 'live_calls'));
    return client;
  };

  it('are told as they are when one asks, then as they ring, are talked in, and end', async () => {
    await open();
    const bridged = after(talk, 'bridgeenter', 2);
    send(talk, 0, after(talk, 'dialstate'));
    const client = await subscribe();
    expect(shown(client.frames)).toEqual([
      ['created', 'ringing'],
      ['live_calls', 1],
    ]);
    send(talk, after(talk, 'dialstate'), bridged);
    await client.until(() => shown(client.frames).length === 3);
    send(talk, bridged);
    await client.until(() => shown(client.frames).length === 4);
    expect(shown(client.frames).slice(2)).toEqual([
      ['updated', 'talking'],
      ['ended', 'hangup'],
    ]);
    expect(client.frames.at(-1)).toEqual({
      ...{ type: 'call', live: true, op: 'ended', reason: 'hangup' },
      call: { system: 'pbx1', linkedid: '1795357376.0' },
      ...{ hangup_side: 'caller', hangup_cause: 16 },
    });
  });

  it('say why there are none: that nobody tells, or that the user of the line may not hear of channels', async () => {
    house = await openHouse();
    const { body } = await page('');
    expect(body).toMatchObject({ calls: [], systems: [], why: expect.stringContaining('set events: calls') as string });
    const ear = house.context.board.ear('pbx1');
    ear.up();
    ear.mute('set read = cdr,call');
    const told = async () => {
      const { systems, why } = (await page('')).body;
      return [systems, why];
    };
    expect(await told()).toEqual([[{ name: 'pbx1', up: true, detail: 'set read = cdr,call' }], null]);
    send(talk, 0, 1);
    expect(await told()).toEqual([[{ name: 'pbx1', up: true, detail: null }], null]);
  });

  it('have parties with number, extension and company as the rules say, and times of the PBX', async () => {
    await open();
    send(talk, 0, after(talk, 'bridgeenter', 2), asCaptured);
    const { calls, systems, more } = (await page('')).body;
    const ring = '2026-11-22T14:22:56.997617Z';
    const answer = '2026-11-22T14:22:58.999330Z';
    const legs = [
      {
        ...{ state: 'talking', since: answer, ring, answer },
        from: { channel: 'PJSIP/101-00000000', number: '101', extension: '101', company: 'acme' },
        to: { channel: 'PJSIP/102-00000001', number: '102', extension: '102', company: 'beta' },
      },
    ];
    expect(calls).toEqual([
      {
        ...{ system: 'pbx1', linkedid: '1795357376.0', state: 'talking', since: answer, ring, answer },
        ...{ start: '2026-11-22T14:22:56.994238Z', caller: '101', called: '102', company: 'acme', target: 'beta' },
        ...{ direction: 'internal', extensions: ['101', '102'], legs },
      },
    ]);
    expect([systems, more]).toEqual([[{ name: 'pbx1', up: true, detail: null }], false]);
    const live = async (query: string) => (await page(`?${query}`)).body.calls.length;
    expect(await Promise.all(['extension=102', 'caller=102', 'company=BETA', 'outcome=answered'].map(live))).toEqual([
      ...[1, 0, 1, 0],
    ]);
    expect((await page('?limit=0')).status).toBe(400);
  });

  it('are a file too, of the same conditions and walls, with columns and a zone', async () => {
    await open();
    send(talk, 0, after(talk, 'bridgeenter', 2), asCaptured);
    const file = async (suffix: string, token = adminToken) =>
      (await ask<string>(house, 'GET', `/api/v1/calls/live${suffix}`, { token })).body;
    const asked = '.csv?columns=linkedid,state,since,caller,extensions&zone=Europe/London';
    expect(await file(asked)).toBe(
      'linkedid,state,since,caller,extensions\r\n' +
        '1795357376.0,talking,2026-11-22T14:22:58.999330+00:00,101,"[""101"",""102""]"\r\n',
    );
    expect(JSON.parse(await file('.ndjson?extension=101'))).toEqual((await page('')).body.calls[0]);
    expect(await file('.csv?extension=999&header=off')).toBe('');
    expect(await file('.csv?header=off', await house.token('read', ['delta']))).toBe('');
    const byAccept = { token: adminToken, headers: { accept: 'text/csv' } };
    const { headers } = await ask(house, 'GET', '/api/v1/calls/live', byAccept);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
  });

  it('are seen by whose they are only, and of a call of several companies each sees its own legs', async () => {
    await open();
    const [acme, gamma, delta] = await Promise.all(['acme', 'gamma', 'delta'].map((one) => house.token('read', [one])));
    const clients = await Promise.all([acme!, gamma!, delta!].map((token) => subscribe(token)));
    const joined = after(consulted, 'hangup', 2);
    send(consulted, 0, after(consulted, 'bridgeenter', 4));
    const [first, second] = clients.map((client) => () => shown(client.frames).slice(1));
    await until(() => first!().length === 1 && second!().length === 1, 'both to be told');
    expect([first!(), second!()]).toEqual([[['created', 'talking']], [['created', 'talking']]]);
    send(consulted, after(consulted, 'bridgeenter', 4), joined);
    await until(() => second!().length >= 3 && first!().length >= 2, 'the transfer to be told');
    expect(first!().at(-1)).toEqual(['updated', 'talking']);
    // The consultation is part of the other call now, which has come into view.
    expect(second!().slice(1).sort()).toEqual([
      ['created', 'talking'],
      ['ended', 'merged'],
    ]);
    const seen = async (token: string) => (await page('', token)).body.calls.length;
    expect(await Promise.all([acme!, gamma!, delta!].map(seen))).toEqual([1, 1, 0]);
    expect(shown(clients[2]!.frames)).toEqual([['live_calls', 0]]);
  });

  it('come only to who asks for them, by the filter, with the id of the subscription', async () => {
    await open();
    const plain = await listen(house, adminToken);
    plain.say({ type: 'subscribe', types: ['call'] });
    await plain.hear('live');
    const client = await subscribe(adminToken, { id: 'a', filter: { extension: '102' } });
    client.say({ type: 'subscribe', id: 'b', types: ['call'], live: true, filter: { extension: '999' } });
    await client.until(() => shown(client.frames).length === 2);
    send(talk, 0, after(talk, 'dialstate'));
    await client.until(() => shown(client.frames).length === 3);
    expect((client.frames.at(-1) as Told).ids).toEqual(['a']);
    await plain.fence();
    expect(shown(plain.frames)).toEqual([]);
    client.say({ type: 'unsubscribe', id: 'a' });
    await client.hear('unsubscribed');
    send(talk, after(talk, 'dialstate'));
    await until(() => [...house.context.board.ear('pbx1').channels.all.calls].length === 0, 'the end');
    await client.fence();
    expect(shown(client.frames)).toHaveLength(3);
  });

  it('are found by the trunk they go over', async () => {
    await open();
    const inbound = captured('inbound-answered');
    send(inbound, 0, after(inbound, 'bridgeenter', 2));
    expect((await page('?trunk=trunk1')).body.calls).toHaveLength(1);
    expect((await page('?trunk=other')).body.calls).toEqual([]);
  });

  it('need calls beside them', async () => {
    await open();
    const client = await listen(house, adminToken);
    client.say({ type: 'subscribe', live: true });
    expect((await client.hear('error')).message).toBe('live: expected "call" among "types" beside it');
    const refused = await ask<{ detail: string }>(house, 'GET', '/api/v1/live?live=1', { token: adminToken });
    expect([refused.status, refused.body.detail]).toEqual([400, 'live: expected "call" among "types" beside it']);
  });

  it('stand in the event stream without an id, so that the place to resume from stays', async () => {
    await open();
    await house.put([record()]);
    const events = await stream(house, adminToken, '?types=call&live=1');
    await events.until(() => shown(events.frames).length === 1);
    const place = events.lastId;
    send(talk, 0, after(talk, 'dialstate'));
    await events.until(() => shown(events.frames).length === 2);
    expect(shown(events.frames)).toEqual([
      ['live_calls', 0],
      ['created', 'ringing'],
    ]);
    expect([events.lastId, place?.split(':')[1]]).toEqual([place, '1']);
    await events.hangUp();
  });

  it('are ended by the record of their channel, whoever told it, and by a new line to the PBX', async () => {
    await open();
    const client = await subscribe();
    send(talk, 0, after(talk, 'bridgeenter', 2));
    await client.until(() => shown(client.frames).length === 2);
    house.context.board.ear('pbx1').dropped();
    const ended = { uniqueid: '1795357376.0', linkedid: '1795357376.0', dstchannel: 'PJSIP/102-00000001' };
    house.context.board.settle({ system: 'pbx1', ...ended });
    await client.until(() => shown(client.frames).length >= 3);
    await client.until(() => shown(client.frames).at(-1)![0] === 'ended');
    expect(shown(client.frames).at(-1)).toEqual(['ended', 'cdr']);
    send(consulted, 0, after(consulted, 'bridgeenter', 2));
    await client.until(() => shown(client.frames).at(-1)![0] === 'created');
    house.context.board.ear('pbx1').up();
    await client.until(() => shown(client.frames).at(-1)![0] === 'ended');
    expect(shown(client.frames).at(-1)).toEqual(['ended', 'unknown']);
  });
});
