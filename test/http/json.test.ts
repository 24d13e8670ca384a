// Bodies that are JSON: in UTF-8, with or without the mark before it; in other bytes nothing of them is taken.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminToken, openHouse, type House } from './support.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const post = (url: string, payload: Buffer, type = 'application/json') =>
  house.app.inject({
    ...{ method: 'POST', url, payload },
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': type },
  });

it.each(['/api/v1/companies', '/api/tenants', '/reporting/cdr_requests', '/v1.2/voipstudio/login'])(
  'bytes of another character set are refused, whatever the header says: %s',
  async (url) => {
    for (const type of ['application/json', 'application/json; charset=iso-8859-1']) {
      const answer = await post(url, Buffer.from('{"handle":"caf\u00e9","name":"caf\u00e9"}', 'latin1'), type);
      expect([answer.statusCode, answer.body]).toEqual([
        400,
        expect.stringContaining('the body is not UTF-8') as string,
      ]);
    }
  },
);

it('UTF-8 is read as it was sent, with its mark or without', async () => {
  for (const [mark, handle] of Object.entries({ '': 'café', '\ufeff': 'zoë' })) {
    const answer = await post('/api/v1/companies', Buffer.from(`${mark}${JSON.stringify({ handle })}`));
    expect([answer.statusCode, answer.json<{ handle: string }>().handle]).toEqual([201, handle]);
  }
});
