// What listeners may not be together is told before the start, with the ways out.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Claim } from '../../src/http/dialects/names.ts';
import { listenerFaults } from '../../src/http/listenerfaults.ts';
import { tempFolder } from '../support/store.ts';

const claims: Record<string, Claim> = {
  ours: { paths: ['/api/v1'] },
  panel: { paths: ['/api/cdrs', '/api'] },
  pbx: { paths: ['/api/cdrs', '/api/login', '/api'], answers: 'bearer' },
  other: { paths: ['/api/cdrs'] },
};
const at = { host: '127.0.0.1', port: 8080 };
const faults = (...listeners: object[]) =>
  listenerFaults(listeners as never, claims).map(([entry, path, message]) => `${entry} ${path.join('.')}: ${message}`);

describe('listeners', () => {
  it('with two dialects that own one path are a fault that says the ways out', () => {
    expect(faults({ ...at, dialects: ['panel', 'ours', 'pbx'] })).toEqual([
      '0 dialects: panel and pbx both own /api/cdrs: put one of them on a listener of its own (another port), or give it an entry ' +
        'of its own with a vhost or a prefix, or set negotiate: true (requests with a bearer token go to pbx)',
    ]);
    expect(faults({ ...at, dialects: ['panel', 'pbx'], negotiate: true })).toEqual([]);
    expect(faults({ ...at, dialects: ['panel'] }, { ...at, dialects: ['pbx'], vhost: 'a.example' })).toEqual([]);
    expect(faults({ ...at, dialects: ['panel'] }, { ...at, dialects: ['pbx'], prefix: '/pbx' })).toEqual([]);
  });

  it('cannot negotiate where no header tells the two apart', () => {
    expect(faults({ ...at, dialects: ['panel', 'other'], negotiate: true })).toEqual([
      '0 dialects: panel and other both own /api/cdrs: put one of them on a listener of its own (another port), or give it an entry ' +
        'of its own with a vhost or a prefix',
    ]);
  });

  it.each([
    [
      'one dialect twice',
      [{ ...at, dialects: ['ours', 'ours'] }],
      ['0 dialects: found ours twice, expected each once'],
    ],
    [
      'one place twice',
      [
        { ...at, vhost: 'A' },
        { ...at, vhost: 'a' },
      ],
      ['1 : 127.0.0.1:8080 is bound twice, expected another host or port, or a vhost or prefix of its own'],
    ],
    [
      'a free port twice',
      [
        { ...at, port: 0 },
        { ...at, port: 0 },
      ],
      [],
    ],
    [
      'a prefix that hides a path of another entry',
      [
        { ...at, dialects: ['ours'] },
        { ...at, dialects: ['panel'], prefix: '/api' },
      ],
      ['1 prefix: /api would hide /api/v1 of another entry, expected another prefix'],
    ],
  ])('that are %s', (_what, listeners, expected) => {
    expect(faults(...listeners)).toEqual(expected);
  });
});

describe('a certificate', () => {
  const { folder, remove } = tempFolder();
  afterAll(remove);
  const make = (name: string) => {
    const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    const subject = ['-subj', `/CN=${name}`, '-days', '1', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    execFileSync('openssl', ['req', '-x509', '-nodes', ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { cert, key };
  };

  it('must be there, be one, and have this key; one place has one, but each vhost may have its own', () => {
    const [a, b] = [make('a'), make('b')];
    const nonsense = join(folder, 'nonsense.pem');
    writeFileSync(nonsense, 'nonsense');
    const on = { ...at, dialects: ['ours'] };
    expect(faults({ ...on, tls: a })).toEqual([]);
    expect(faults({ ...on, tls: a }, { ...on, tls: b, vhost: 'b' })).toEqual([]);
    expect(faults({ ...on, tls: a }, { ...on, tls: b, prefix: '/b' })).toEqual([
      '1 tls: 127.0.0.1:8080 has two certificates, expected one, or a vhost of its own for each',
    ]);
    expect(faults({ ...on, tls: a }, { ...on, vhost: 'b' })).toEqual([
      '1 tls: 127.0.0.1:8080 speaks TLS in one entry and not in another, expected the same in both',
    ]);
    const [missing] = faults({ ...on, tls: { ...a, cert: '/nowhere.pem' } });
    expect(missing).toContain('0 tls.cert: found "/nowhere.pem", expected a PEM file that can be read: ENOENT');
    expect(faults({ ...on, tls: { ...a, cert: nonsense } })[0]).toContain(`0 tls.cert: found "${nonsense}", expected`);
    expect(faults({ ...on, tls: { ...a, key: b.key } })[0]).toContain('expected the key of tls.cert: ');
  });
});
