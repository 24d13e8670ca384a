// Every act that changes something, over REST, IPCortex and the command line, is in the audit: who, when, from where, what, and no secret.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { adminToken, cdrd, launcher, startDaemon, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { record } from './support.ts';

interface Entry {
  /** RFC 3339. */
  at: string;
  by: { kind: string; name: string | null; address: string | null };
  action: string;
  object: string | null;
  detail: Record<string, unknown> | null;
}

let folder: string;
let remove: () => void;
let daemon: Daemon;

beforeEach(async () => {
  ({ folder, remove } = tempFolder());
  daemon = await startDaemon(folder, { systems: [{ name: 'pbx1', ami: { port: 1, username: 'u', secret: 's' } }] });
});
afterEach(async () => {
  await daemon.end();
  remove();
});

const secrets = ['correct horse', 'another horse', 'wrong horse', 'a note of mine'];

async function rest(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${adminToken}` },
) {
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(daemon.url + path, {
    method,
    headers: { ...json, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '',
    body: (text ? JSON.parse(text) : null) as Record<string, unknown>,
  };
}

async function command(args: string[], stdin = ''): Promise<void> {
  const child = spawn(process.execPath, [launcher, '--config', `${folder}/cdrd.yaml`, ...args]);
  child.stdin.end(stdin);
  expect([args, await once(child, 'close')]).toEqual([args, [0, null]]);
}

it('shows every act with who, when, from where and what, and never a secret', async () => {
  const began = Date.now();
  const company = (await rest('POST', '/api/v1/companies', { handle: 'acme' })).body['id'];
  await rest('PATCH', `/api/v1/companies/${String(company)}`, { name: 'Acme' });
  const extension = (await rest('POST', '/api/v1/extensions', { company: 'acme', number: '101' })).body['id'];
  await rest('PATCH', `/api/v1/extensions/${String(extension)}`, { name: 'Desk' });
  await rest('DELETE', `/api/v1/extensions/${String(extension)}`);
  await rest('DELETE', `/api/v1/companies/${String(company)}`);
  await rest('POST', '/api/v1/users', { name: 'bob', password: 'correct horse', role: 'billing', companies: null });
  await rest('PATCH', '/api/v1/users/1', { password: 'another horse' });
  const credentials = { auth: { type: 'auth', username: 'bob', password: 'another horse' } };
  await rest('POST', '/rest/call/read', { type: 'cdr', ...credentials }, {});
  const { cookie } = await rest('POST', '/api/v1/session', { name: 'bob', password: 'another horse' }, {});
  await rest('DELETE', '/api/v1/session', undefined, { cookie, origin: daemon.url });
  const phone = await rest('POST', '/rest/auth/', credentials, {});
  await rest('POST', '/rest/auth/logout', {}, { cookie: phone.cookie });
  await rest('POST', '/api/v1/session', { name: 'bob', password: 'wrong horse' }, {});
  await rest('DELETE', '/api/v1/users/1');
  const { id, secret } = (await rest('POST', '/api/v1/tokens', { name: 'w', scope: 'write', companies: null })).body;
  secrets.push(String(secret));
  const writer = { authorization: `Bearer ${String(secret)}` };
  expect((await rest('POST', '/api/v1/cdrs', [record(), record({ duration: -1 })], writer)).status).toBe(200);
  await rest('PATCH', '/api/v1/cdrs/1', { note: 'a note of mine', tags: ['x'] }, writer);
  await rest('DELETE', '/api/v1/cdrs/1', undefined, writer);
  await rest('DELETE', `/api/v1/tokens/${String(id)}`);
  await command(['token', 'create', 'cli', '--scope', 'read']);
  await command(['token', 'revoke', '2']);
  await command(['user', 'add', 'ann', '--role', 'billing', '--password-stdin'], 'correct horse\n');
  await command(['user', 'passwd', 'ann', '--password-stdin'], 'another horse\n');
  await command(['user', 'disable', 'ann']);
  await command(['user', 'enable', 'ann']);
  await command(['user', 'remove', 'ann']);
  await daemon.end();
  const { stdout } = await cdrd(['--config', `${folder}/cdrd.yaml`, 'audit', '--json']);
  const entries = JSON.parse(stdout) as Entry[];
  const admin = 'token CDRD_ADMIN_TOKEN 127.0.0.1';
  const [bob, nobody, cli] = ['user bob 127.0.0.1', 'nobody null 127.0.0.1', 'command cdrd null'];
  expect(entries.map(({ by, action, object }) => `${by.kind} ${by.name} ${by.address}: ${action} ${object}`)).toEqual([
    ...[
      'company.added company acme',
      'company.changed company acme',
      'extension.added extension 101',
      'extension.changed extension 101',
    ].map((what) => `${admin}: ${what}`),
    ...[
      'extension.removed extension 101',
      'company.removed company acme',
      'user.added user bob',
      'user.changed user bob',
    ].map((what) => `${admin}: ${what}`),
    ...['login password', 'login session', 'logout session', 'login session', 'logout session'].map(
      (what) => `${bob}: ${what}`,
    ),
    `${nobody}: refused null`,
    ...['user.removed user bob', 'token.created token 1'].map((what) => `${admin}: ${what}`),
    ...['cdr.changed cdr 1', 'cdr.deleted cdr 1'].map((what) => `token w 127.0.0.1: ${what}`),
    `${admin}: token.revoked token 1`,
    ...[
      'token.created token 2',
      'token.revoked token 2',
      'user.added user ann',
      'user.changed user ann',
      'user.changed user ann',
      'user.changed user ann',
      'user.removed user ann',
    ].map((what) => `${cli}: ${what}`),
    'token w 127.0.0.1: cdr.written null',
  ]);
  expect(entries.at(-1)!.detail).toEqual({ created: 1, rejected: 1 });
  expect(entries.find(({ action }) => action === 'cdr.changed')!.detail).toEqual({ fields: ['note', 'tags'] });
  for (const at of entries.map((entry) => Date.parse(entry.at)))
    expect([at >= began, at <= Date.now()]).toEqual([true, true]);
  for (const text of secrets) expect(stdout).not.toContain(text);
});
