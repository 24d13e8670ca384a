// What a reader of the README has before him: the project's folder with its own configuration, a PBX beside it, the daemon started as it
// says, and a shell in which its lines are run as they are printed, on ports that are free.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { openPbx, type Pbx } from '../../src/simulator/pbx.ts';
import { launcher } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';

const limitMs = 30_000;

export interface Done {
  code: number | null;
  /** Both outputs. */
  told: string;
}

export interface Stage {
  folder: string;
  pbx: Pbx;
  /** Where the first listener is: the 127.0.0.1:8080 of the README. */
  host: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Runs a line of the README. `enough`: it would go on for ever, and is stopped once it has told this. */
  run(text: string, enough?: RegExp): Promise<Done>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const { folder, remove } = tempFolder();
  const account = { username: 'cdrd', secret: 'CHANGE-ME' };
  const tableUrl = `sqlite:${join(folder, 'master.db')}`;
  const ami = { host: '127.0.0.1', port: 0, ...account };
  const pbx = await openPbx({ ami, tableUrl, mappings: true, timezone: 'UTC', channels: true });
  // The reader's own server, that webhooks post to.
  const crm = createHttpServer((request, response) => request.resume().on('end', () => response.end()));
  await new Promise<void>((resolve) => crm.listen(0, '127.0.0.1', resolve));
  const crmUrl = `http://127.0.0.1:${(crm.address() as AddressInfo).port}/calls`;
  const [port, other] = [await freePort(), await freePort()];
  const host = `127.0.0.1:${port}`;
  furnish(folder, (text) =>
    text
      .replace('port: 8080\n', `port: ${port}\n`)
      .replace('port: 8887\n', `port: ${other}\n`)
      .replace('port: 5038\n', `port: ${pbx.amiPort}\n`)
      .replace('#timezone: Europe/London', 'timezone: UTC')
      // As the README says of the table, of live calls and of retention.
      .replace('    #table:', '    table:')
      .replace(/ {4}# {2}url: mysql.*/, `      url: ${tableUrl}`)
      .replace('events: cdr\n', 'events: calls\n')
      .replace('  retention_days: off', '  retention_days: 3650')
      .concat(`\nwebhooks: [{name: crm, url: "${crmUrl}", secret: "\${CDRD_CRM_SECRET}", allow_private: true}]\n`),
  );
  const env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    CDRD_AMI_SECRET: account.secret,
    CDRD_CRM_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    // A reader edits the project's own.
    CDRD_CONFIG: join(folder, 'config/cdrd.yaml'),
    T: '',
  };
  const shell = (text: string) => {
    const here = text
      .replaceAll('127.0.0.1:8080', host)
      .replaceAll('127.0.0.1:8887', `127.0.0.1:${other}`)
      .replaceAll(/(?<![\w/])\/(var\/log\/asterisk|etc\/cdrd|opt\/cdrd)\b/g, `${folder}/$1`);
    // A process group of its own: what a line starts ends with it.
    return spawn('bash', ['-o', 'pipefail', '-c', here], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  let daemon: ReturnType<typeof shell> | undefined;
  const stop = async (): Promise<void> => {
    if (!daemon) return;
    const [gone, pid] = [once(daemon, 'close'), daemon.pid!];
    daemon = undefined;
    process.kill(-pid, 'SIGTERM');
    await gone;
  };
  return {
    ...{ folder, pbx, host, stop },
    start: async () => {
      daemon = shell('npm start');
      let said = '';
      for (const stream of [daemon.stdout, daemon.stderr])
        stream.on('data', (data: Buffer) => (said += data.toString()));
      await until(
        async () => {
          if (daemon!.exitCode !== null) throw new Error(`the daemon ended: ${said}`);
          return (await fetch(`http://${host}/readyz`).catch(() => null))?.ok;
        },
        'the daemon to be ready',
        limitMs,
      ).catch((error: unknown) => {
        throw new Error(`the daemon said: ${said}`, { cause: error });
      });
      env.T = readFileSync(join(folder, 'var/admin.token'), 'utf8').trim();
    },
    run: async (text, enough) => {
      const child = shell(text);
      const done: Done = { code: null, told: '' };
      const end = () => process.kill(-child.pid!, 'SIGKILL');
      const timer = setTimeout(end, limitMs);
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (data: Buffer) => {
          done.told += data.toString();
          if (enough?.test(done.told) && child.exitCode === null) end();
        });
      }
      const [code] = (await once(child, 'close')) as [number | null];
      clearTimeout(timer);
      return { ...done, code: enough?.test(done.told) ? 0 : code };
    },
    close: async () => {
      await stop();
      await pbx.close();
      crm.closeAllConnections();
      crm.close();
      remove();
    },
  };
}

/** The project as a reader has it, with programs beside it that stand in for those he has. */
function furnish(folder: string, configured: (text: string) => string): void {
  for (const name of ['src', 'node_modules', 'package.json', 'migrations', 'packaging'])
    symlinkSync(resolve(name), join(folder, name));
  cpSync('config', join(folder, 'config'), { recursive: true });
  const config = join(folder, 'config/cdrd.yaml');
  writeFileSync(config, configured(readFileSync(config, 'utf8')));
  mkdirSync(join(folder, 'opt'), { recursive: true });
  symlinkSync(folder, join(folder, 'opt/cdrd'));
  mkdirSync(join(folder, 'bin'));
  const curl = execFileSync('sh', ['-c', 'command -v curl'], { encoding: 'utf8' }).trim();
  const programs: Record<string, string> = {
    node: `exec '${process.execPath}' "$@"`,
    // npx takes seconds to find what is here anyway; .ci/run uses the real one.
    npx: `[ "$1" = cdrd ] && shift && exec '${process.execPath}' '${launcher}' "$@"`,
    // An answer that tells of a fault is a failure.
    curl: `exec '${curl}' --fail-with-body "$@"`,
    mysql: `exec cat '${resolve('test/fixtures/asterisk22-cdr-table.tsv')}'`,
  };
  for (const [name, text] of Object.entries(programs)) {
    const file = join(folder, 'bin', name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
