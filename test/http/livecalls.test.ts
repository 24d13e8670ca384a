// Calls on the feed: one line per conversation that grows, beside or instead of its records.
import { afterEach, describe, expect, it } from 'vitest';
import { listen, type Listener } from './listener.ts';
import { adminToken, ask, openHouse, record, type House } from './support.ts';

interface Told {
  type: string;
  op?: string;
  seq?: number;
  into?: number;
  call?: { id: number; records?: number; extensions?: string[] };
  cdr?: { id: number };
}

describe('calls on the feed', () => {
  let house: House;
  const open = async () => (house = await openHouse());
  afterEach(() => house.close());

  const part = (linkedid: string, at: number, more: object = {}) =>
    record({
      ...{
        linkedid,
        uniqueid: `${linkedid}.${at}`,
        src: '101',
        dst: '102',
        dstchannel: `PJSIP/102-0000${linkedid}00${at}`,
      },
      ...{ lastdata: 'PJSIP/102,20', lastapp: 'Dial', ...more },
    });
  const subscribe = async (client: Listener, types: string[], after: number | null = null, filter: object = {}) => {
    client.say({ type: 'subscribe', types, after, filter });
    await client.hear('live');
  };
  const shown = (frames: readonly unknown[]) =>
    (frames as Told[])
      .filter(({ type }) => type === 'cdr' || type === 'call')
      .map(({ type, op, seq, call, cdr, into }) => [type, op, seq, call?.id ?? cdr?.id, call?.records ?? into]);

  it('grow, and whoever asked for records alone hears nothing of them', async () => {
    await open();
    const [calls, both, records] = await Promise.all([1, 2, 3].map(() => listen(house, adminToken)));
    await subscribe(calls!, ['call']);
    await subscribe(both!, ['cdr', 'call']);
    await records!.subscribe();
    await house.put([part('a', 1)]);
    await records!.until(() => records!.seqs.at(-1) === 1);
    await house.put([part('a', 2)]);
    await records!.until(() => records!.seqs.at(-1) === 2);
    await both!.until(() => both!.seqs.at(-1) === 2);
    expect(shown(calls!.frames)).toEqual([
      ['call', 'created', 0, 1, 1],
      ['call', 'updated', 1, 1, 2],
    ]);
    expect(shown(both!.frames)).toEqual([
      ['call', 'created', 0, 1, 1],
      ['cdr', 'created', 1, 1, undefined],
      ['call', 'updated', 1, 1, 2],
      ['cdr', 'created', 2, 2, undefined],
    ]);
    expect(shown(records!.frames)).toEqual([
      ['cdr', 'created', 1, 1, undefined],
      ['cdr', 'created', 2, 2, undefined],
    ]);
  });

  it('are told again from the place of their last message on, and never missed', async () => {
    await open();
    await house.put([part('a', 1)]);
    await house.put([part('b', 1)]);
    await house.put([part('c', 1)]);
    const client = await listen(house, adminToken);
    await subscribe(client, ['call'], 1);
    expect(shown(client.frames)).toEqual([
      ['call', 'created', 1, 2, 1],
      ['call', 'created', 2, 3, 1],
    ]);
  });

  it('that are joined say which is gone, and into which', async () => {
    await open();
    await house.put([part('a', 1)]);
    await house.put([part('b', 1)]);
    const client = await listen(house, adminToken);
    await subscribe(client, ['call']);
    await house.put([part('a', 2, { uniqueid: 'b.1', sequence: 900 })]);
    await client.until(() => shown(client.frames).length === 2);
    expect(shown(client.frames)).toEqual([
      ['call', 'deleted', 2, 2, 1],
      ['call', 'updated', 2, 1, 3],
    ]);
  });

  it('leave the view of who filters, and come into it', async () => {
    await open();
    const client = await listen(house, adminToken);
    await subscribe(client, ['call'], null, { outcome: 'missed' });
    await house.put([part('a', 1, { disposition: 'NO ANSWER', answer: '', billsec: 0 })]);
    await client.until(() => shown(client.frames).length === 1);
    await house.put([part('a', 2)]);
    await client.until(() => shown(client.frames).length === 2);
    expect(shown(client.frames)).toEqual([
      ['call', 'created', 0, 1, 1],
      ['call', 'deleted', 1, 1, undefined],
    ]);
  });

  it('are to a bound reader what its own records tell', async () => {
    await open();
    const client = await listen(house, await house.token('read', ['beta']));
    await subscribe(client, ['call']);
    const channel = (number: string) => ({ channel: `PJSIP/${number}-00000001`, src: number });
    await house.put([
      part('a', 1, { accountcode: 'acme', ...channel('101') }),
      part('a', 2, { accountcode: 'beta', ...channel('103') }),
    ]);
    await client.until(() => shown(client.frames).length === 1);
    const [told] = (client.frames as Told[]).filter(({ type }) => type === 'call');
    expect(told).toMatchObject({ op: 'created', call: { id: 1, records: 1, extensions: ['102', '103'] } });
    await house.put([part('a', 3, { accountcode: 'acme' }), part('e', 1, { accountcode: 'beta' })]);
    await client.until(() => shown(client.frames).length >= 2);
    expect(shown(client.frames).at(-1)).toEqual(['call', 'created', 3, 2, 1]);
  });

  it('are among the changes that a request asks for', async () => {
    await open();
    await house.put([part('a', 1), part('a', 2)]);
    const get = (query: string) =>
      ask<{ changes: Told[]; after: number }>(house, 'GET', `/api/v1/changes?after=0&${query}`, { token: adminToken });
    const { body } = await get('types=call');
    expect([body.changes.length, body.after]).toEqual([1, 2]);
    expect(body.changes[0]).toMatchObject({ type: 'call', op: 'created', seq: 1, call: { id: 1, records: 2 } });
    expect((await get('types=cdr,call&company=nobody')).body.changes).toEqual([]);
    expect((await get('types=cdr,call')).body.changes.map(({ type = 'cdr', seq }) => [type, seq])).toEqual([
      ['cdr', 1],
      ['call', 1],
      ['cdr', 2],
    ]);
    expect((await get('types=call&disposition=BUSY')).body).toMatchObject({
      status: 400,
      errors: [{ field: 'disposition', message: expect.stringContaining('is no condition of calls') as string }],
    });
  });

  it('refuse a filter that only records know', async () => {
    await open();
    const client = await listen(house, adminToken);
    client.say({ type: 'subscribe', types: ['cdr', 'call'], filter: { tag: 'x' } });
    expect(await client.hear('error')).toMatchObject({ message: expect.stringContaining('filter.tag') as string });
    client.say({ type: 'subscribe', types: ['records'] });
    await client.until(() => client.frames.filter(({ type }) => type === 'error').length === 2);
  });
});
