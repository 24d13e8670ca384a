import { Ajv } from 'ajv';
import specs from '@asyncapi/specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDescribed } from '../heard.ts';
import { listen } from '../listener.ts';
import { ask, openHouse, type House } from '../support.ts';

describe('/asyncapi.json', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  it('is an AsyncAPI 3 document by the schema of its makers, and needs no token', async () => {
    const { status, body } = await ask<object>(house, 'GET', '/asyncapi.json');
    expect([status, body]).toMatchObject([200, { asyncapi: '3.0.0', info: { version: '0.0.0-test' } }]);
    const check = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false }).compile(
      specs.schemas['3.0.0'] as object,
    );
    expect([check(body), check.errors]).toEqual([true, null]);
    const broken = { ...body, channels: { live: { address: 7 } } };
    expect(check(broken)).toBe(false);
  });

  it('has the addresses of the listener, behind its prefix, and so has the page', async () => {
    const other = await openHouse({ listeners: [{ dialects: ['native'], prefix: '/x' }] });
    const { body } = await ask<{ channels: Record<string, { address: string }> }>(other, 'GET', '/asyncapi.json');
    const addresses = Object.values(body.channels).map(({ address }) => address);
    expect(addresses).toEqual(['/x/live', '/x/api/v1/live']);
    const asked = await Promise.all(addresses.map((address) => ask(other, 'GET', address)));
    expect(asked.map(({ status }) => status)).toEqual([426, 401]);
    const { body: page } = await ask<string>(other, 'GET', '/docs');
    expect(page.match(/(?<!\/x|\/api\/v1|\/calls)\/(api\/v1|live)\b/g)).toBeNull();
    await other.close();
  });

  it.each([
    { type: 'auth', token: 'x' },
    { type: 'subscribe' },
    {
      type: 'subscribe',
      id: 'a',
      after: 7,
      generation: 'g',
      filter: { and: [{ src: '1' }, { not: { or: [{ dst: '2' }] } }] },
    },
    { type: 'subscribe', after: null },
    { type: 'unsubscribe', id: 'a' },
    { type: 'ping' },
  ])('describes %j, and the daemon understands it', async (message) => {
    expect(isDescribed(message, 'hear')).toBe(true);
    const listener = await listen(house, message.type === 'auth' ? null : await house.token());
    listener.say(message.type === 'auth' ? { ...message, token: await house.token() } : message);
    if (message.type === 'ping') await listener.hear('pong');
    else await listener.hear('hello');
    await listener.fence();
    const isUnknown = listener.frames.some(({ message: text }) => text?.includes('is not one of'));
    expect([listener.closed, isUnknown]).toEqual([null, false]);
    listener.ws.terminate();
  });

  it('has objects only: a list is told so', async () => {
    const listener = await listen(house, await house.token());
    listener.say([1]);
    expect((await listener.hear('error')).message).toBe('expected a JSON object as text');
    listener.ws.terminate();
  });

  it.each([
    { type: 'subscribe', filter: { srcc: '1' } },
    { type: 'subscribe', filter: { and: [] } },
    { type: 'subscribe', after: -1 },
    { type: 'unsubscribe' },
    { type: 'ping', more: 1 },
  ])('does not describe %j, and the daemon says what is wrong with it', async (message) => {
    expect(isDescribed(message, 'hear')).toBe(false);
    const listener = await listen(house, await house.token());
    listener.say(message);
    expect((await listener.hear('error')).message).toMatch(/is not|is missing|has no part/);
    listener.ws.terminate();
  });
});
