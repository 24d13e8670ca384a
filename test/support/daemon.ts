// The real daemon as a child process, started as a user starts it, on a free port and a folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Cdr } from '../../src/http/dialects/native/answers.ts';
import { connect } from '../../src/client/client.ts';
import { until } from './until.ts';

export const launcher = fileURLToPath(new URL('../../src/cdrd.cjs', import.meta.url));

export const adminToken = 'an-admin-token-for-tests';

export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end. */
export async function cdrd(args: string[], env: NodeJS.ProcessEnv = {}, cwd?: string): Promise<Run> {
  const child = spawn(process.execPath, [launcher, ...args], { env: { ...process.env, ...env }, cwd });
  const run: Run = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (run.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (run.stderr += data.toString()));
  [run.code] = (await once(child, 'close')) as [number | null];
  return run;
}

export interface Daemon {
  url: string;
  /** Everything it logged, one object a line. */
  lines: Record<string, unknown>[];
  child: ChildProcess;
  /** GET, POST with the admin token; the parsed answer. */
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  /** Every record, by id. */
  records(): Promise<Cdr[]>;
  /** Waits until some logged line has this text in its message. */
  said(text: string): Promise<Record<string, unknown>>;
  /** Sends a signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** `config` without listeners and store gets a free port and `folder`. */
export async function startDaemon(
  folder: string,
  config: object,
  { env = {}, node = process.execPath }: { env?: NodeJS.ProcessEnv; node?: string } = {},
): Promise<Daemon> {
  const file = writeConfig(folder, config);
  const child = spawn(node, [launcher, 'run', '--config', file], {
    env: { ...process.env, CDRD_ADMIN_TOKEN: adminToken, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that a test can signal the group as a terminal does.
    detached: true,
  });
  const lines: Daemon['lines'] = [];
  let rest = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => {
    const parts = (rest + data.toString()).split('\n');
    rest = parts.pop()!;
    for (const part of parts) lines.push(JSON.parse(part) as Record<string, unknown>);
  });
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const gone = once(child, 'close');
  const find = (text: string) => lines.find(({ msg }) => typeof msg === 'string' && msg.includes(text));
  const said = (text: string) =>
    until(() => {
      if (child.exitCode !== null)
        throw new Error(`the daemon ended (${child.exitCode}): ${errors}${JSON.stringify(lines)}`);
      return find(text);
    }, `the daemon to say "${text}"`);
  const up = await said('cdrd is up');
  const url = (up['urls'] as string[])[0]!;
  const headers = { authorization: `Bearer ${adminToken}` };
  return {
    url,
    lines,
    child,
    get: async <T>(path: string) => (await (await fetch(url + path, { headers })).json()) as T,
    post: async <T>(path: string, body: unknown) => {
      const sent = {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      };
      return (await (await fetch(url + path, sent)).json()) as T;
    },
    records: async () => {
      const all: Cdr[] = [];
      for await (const cdr of connect({ url, token: adminToken }).cdrs.all({ limit: 1000 })) all.push(cdr);
      return all;
    },
    said,
    end: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const [code] = (await gone) as [number | null];
      return code;
    },
  };
}

export function writeConfig(folder: string, config: object): string {
  const file = join(folder, 'cdrd.yaml');
  const defaults = {
    store: { url: `sqlite:${join(folder, 'cdrd.db')}`, data_dir: folder },
    listeners: [{ host: '127.0.0.1', port: 0 }],
    log: { level: 'info', format: 'json' },
  };
  writeFileSync(file, stringify({ ...defaults, ...config }));
  return file;
}
