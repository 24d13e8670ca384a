// Pages of other origins: nobody is let in unless configured, and then only as far.
import { afterEach, describe, expect, it } from 'vitest';
import { originFormFault } from '../../src/http/origin.ts';
import { adminToken, ask, openHouse, type Answer, type House } from './support.ts';

let house: House;
afterEach(() => house.close());

const app = 'https://app.example';
const preflight = (origin: string, url = '/api/v1/cdrs', more: Record<string, string> = {}) =>
  ask(house, 'OPTIONS', url, { headers: { origin, 'access-control-request-method': 'POST', ...more } });
const read = (origin: string, url = '/api/v1/cdrs', token = adminToken) =>
  ask(house, 'GET', url, { token, headers: { origin } });
const corsHeaders = ({ headers }: Answer<unknown>) =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));

describe('without origins', () => {
  it('no answer is given leave, a preflight is an OPTIONS like any other', async () => {
    house = await openHouse();
    const answers = [await preflight(app), await read(app), await preflight(app, '/rest/call/read')];
    expect(answers.map(corsHeaders)).toEqual([[], [], []]);
    expect([answers[0]!.status, answers[0]!.headers['allow']]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
  });
});

describe('with an origin', () => {
  const open = async () => (house = await openHouse({ cors: { origins: [app], credentials: 'deny' } }));

  it('a preflight is answered without a token: methods, headers, and for how long', async () => {
    await open();
    for (const url of ['/api/v1/cdrs', '/api/v1/users/7', '/rest/call/read', '/readyz']) {
      const { status, headers } = await preflight(app, url);
      expect([url, status, headers]).toEqual([
        url,
        204,
        expect.objectContaining({
          'access-control-allow-origin': app,
          'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
          'access-control-allow-headers': 'Authorization, Content-Type, Last-Event-ID',
          'access-control-max-age': '600',
          vary: expect.stringContaining('Origin') as string,
        }),
      ]);
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
    }
  });

  it('its pages may read answers and refusals, with the headers that say more; others may not', async () => {
    await open();
    for (const answer of [await read(app), await read(app, '/nowhere'), await read(app, '/api/v1/cdrs', 'wrong')]) {
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': app,
        'access-control-expose-headers': expect.stringMatching(/Location.*Retry-After.*X-Request-Id/) as string,
      });
    }
    const foreign = [await read('https://evil.example'), await preflight('https://evil.example')];
    expect(foreign.map(corsHeaders)).toEqual([[], []]);
    expect(foreign.map(({ headers }) => headers['vary'])).toEqual(['Origin', 'Origin']);
  });

  it("each vendor's clients may send what they show who they are by, and read what its answers add", async () => {
    await open();
    const granted = async (url: string) => {
      const { headers } = await preflight(app, url);
      const listOf = (name: string) => String(headers[name]).toLowerCase().split(', ');
      return { sent: listOf('access-control-allow-headers'), told: listOf('access-control-expose-headers') };
    };
    for (const url of ['/reporting/cdr_requests/7', '/v2/legacy/reporting/batch_detail_records/voice']) {
      const { sent, told } = await granted(url);
      expect(sent).toEqual(expect.arrayContaining(['authorization', 'x-api-user', 'x-api-token', 'x-stainless-lang']));
      expect(told).toEqual(expect.arrayContaining(['x-report-records', 'x-report-progress']));
    }
    expect((await granted('/api/cdrs')).sent).toContain('x-requested-with');
    expect((await granted('/v1.2/voipstudio/cdrs')).sent).toContain('x-auth-token');
    expect((await granted('/api/v1/cdrs')).sent).not.toContain('x-api-token');
  });

  it('an OPTIONS that is no preflight still tells the methods of the address', async () => {
    await open();
    const { status, headers } = await ask(house, 'OPTIONS', '/api/v1/cdrs/1', { headers: { origin: app } });
    expect([status, headers['allow']]).toEqual([204, 'DELETE, GET, HEAD, OPTIONS, PATCH']);
    expect((await ask(house, 'OPTIONS', '/nowhere')).status).toBe(404);
    // Before its body is read.
    expect((await ask(house, 'OPTIONS', '/nowhere', { body: '{' })).status).toBe(404);
    expect((await ask(house, 'PUT', '/api/v1/cdrs', { headers: { origin: app } })).status).toBe(405);
  });
});

it('any page there is may read with a token, never with a cookie', async () => {
  house = await openHouse({ cors: { origins: ['*'], credentials: 'deny' } });
  const { headers } = await read('https://any.example');
  expect(headers['access-control-allow-origin']).toBe('*');
  expect(headers).not.toHaveProperty('access-control-allow-credentials');
  const cookie = await ask(house, 'GET', '/api/v1/cdrs', {
    headers: { origin: 'https://any.example', cookie: 'cdrd_session=x' },
  });
  expect(cookie.status).toBe(403);
});

it('an origin in the configuration is written as browsers send it', () => {
  for (const good of ['https://app.example', 'http://10.0.0.5:8080', 'http://localhost:5173', 'http://[::1]:1', '*']) {
    expect([good, originFormFault(good)]).toEqual([good, null]);
  }
  const bad = {
    'https://app.example/': 'https://app.example',
    'https://APP.example': 'https://app.example',
    'https://a.example:443': 'https://a.example',
    'http://a/b': 'http://a',
  };
  for (const [text, meant] of Object.entries(bad)) expect(originFormFault(text)).toContain(`expected "${meant}"`);
  for (const text of ['app.example', 'null', '', 'file:///x', 'https://*.example.com']) {
    expect([text, originFormFault(text)]).toEqual([
      text,
      expect.stringContaining(`found "${text}", expected`) as string,
    ]);
  }
});
