import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ConfigError } from '../../../src/errors.ts';
import { forGood, Hearing } from './hearing.ts';
import { cdr, Peer } from './peer.ts';

const folder = mkdtempSync(join(tmpdir(), 'cdrd-test-'));
const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', keyFile, '-out', certFile];
const name = ['-nodes', '-days', '2', '-subj', '/CN=pbx', '-addext', 'subjectAltName=IP:127.0.0.1'];
execFileSync('openssl', ['req', '-x509', ...made, ...name], { stdio: 'ignore' });
const tls = { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
afterAll(() => rmSync(folder, { recursive: true }));

test.each([{ tls: 'verify', tls_ca: certFile } as const, { tls: 'insecure' } as const])(
  'hears over TLS: $tls',
  async (how) => {
    await using peer = await Peer.start({ tls });
    await using hearing = new Hearing({ port: peer.port, ...how });
    await hearing.until(() => hearing.ups === 1);
    peer.last.send(cdr({ UniqueID: '1' }));
    await hearing.until(() => hearing.rows.length === 1);
  },
);

test.each([
  [{ tls: 'verify' } as const, /self-signed certificate/],
  [{ tls: 'verify', host: 'localhost', tls_ca: certFile } as const, /does not match certificate/],
  [{ tls: 'verify', tls_ca: '/nowhere/ca.pem' } as const, /ENOENT.*\/nowhere\/ca\.pem/],
])('does not log in where the certificate is not good: %j', async (how, detail) => {
  await using peer = await Peer.start({ tls });
  await using hearing = new Hearing({ port: peer.port, ...how }, { pause: forGood });
  await hearing.until(() => hearing.pauses.length === 1);
  expect(hearing.state?.state).toBe('down');
  expect(hearing.state?.detail).toMatch(detail);
  expect(peer.sessions.flatMap(({ actions }) => actions)).toEqual([]);
});

test('an authority that would not be used is a fault of the configuration', () => {
  expect(() => new Hearing({ tls: 'off', tls_ca: certFile })).toThrow(ConfigError);
});
