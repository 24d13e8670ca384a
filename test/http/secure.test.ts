// A listener with a certificate speaks TLS, each vhost with its own, and sessions get Secure cookies there.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { tempFolder } from '../support/store.ts';
import { adminToken, openHouse, type House } from './support.ts';

const { folder, remove } = tempFolder();
let house: House;

function certificate(name: string) {
  const tls = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  const about = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`, '-days', '1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const files = ['-keyout', tls.key, '-out', tls.cert];
  execFileSync('openssl', ['req', '-x509', ...about, ...kind, ...files], { stdio: 'ignore' });
  return tls;
}

beforeAll(async () => {
  const on = { host: '127.0.0.1', port: 18_381 };
  const [first, other] = [certificate('cdr.example'), certificate('pbx.example')];
  house = await openHouse({
    listeners: [
      { ...on, tls: first },
      { ...on, tls: other, vhost: 'pbx.example', dialects: ['native'] },
    ],
  });
});
afterAll(async () => {
  await house.close();
  remove();
});

const ca = (name: string) => readFileSync(join(folder, `${name}.pem`));

it('answers over HTTPS to who trusts the certificate, and says so in its URL', async () => {
  expect(house.urls).toEqual(['https://127.0.0.1:18381']);
  const answer = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const headers = { authorization: `Bearer ${adminToken}` };
    const asked = get(`${house.url}/api/v1/cdrs`, { ca: ca('cdr.example'), headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    asked.on('error', reject);
  });
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, expect.objectContaining({ cdrs: [] }) as unknown]);
});

it('shows the certificate of the vhost that is asked for', async () => {
  const shown = (servername: string) =>
    new Promise<string>((resolve, reject) => {
      const socket: TLSSocket = connect(
        { port: 18_381, host: '127.0.0.1', servername, rejectUnauthorized: false },
        () => {
          resolve(String(socket.getPeerCertificate().subject.CN));
          socket.destroy();
        },
      );
      socket.on('error', reject);
    });
  expect([await shown('cdr.example'), await shown('pbx.example'), await shown('any.example')]).toEqual([
    'cdr.example',
    'pbx.example',
    'cdr.example',
  ]);
});

it('has the feed over wss', async () => {
  const ws = new WebSocket(`${house.url.replace('https', 'wss')}/live`, {
    ...{ ca: ca('cdr.example'), headers: { authorization: `Bearer ${adminToken}` } },
  });
  const told = await new Promise<string>((resolve, reject) => {
    ws.once('message', (data: Buffer) => resolve(data.toString()));
    ws.once('error', reject);
  });
  expect(JSON.parse(told)).toMatchObject({ type: 'hello' });
  ws.terminate();
});
