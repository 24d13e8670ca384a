// cdrd run, the daemon's process: open, wait for a signal, close.
import { existsSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { App } from '../app.ts';
import type { Config } from '../config.ts';
import { Broken } from '../errors.ts';
import { armFailpoint } from '../failpoint.ts';
import type { Log } from '../log.ts';
import { otherOwnerOf } from '../store/folder.ts';
import { version, type Edge } from './edge.ts';
import { openManager } from './notify.ts';
import { out } from './print.ts';

/** A signal to the whole process group reaches us twice, from the terminal and from the launcher: that is one signal. */
const sameSignalMs = 1000;

export function addRunCommand(program: Command, edge: Edge): void {
  program
    .command('run')
    .description('run the daemon in the foreground')
    .action(async () => {
      const [{ loadConfig }, { openLog }] = await Promise.all([import('../config.ts'), import('../log.ts')]);
      const config = loadConfig(edge.configFile(), process.env);
      const log = openLog(config.log, process.stdout);
      const owner = becomeOwner(config.store.data_dir);
      if (owner !== null) log.info({ uid: owner }, 'started by root: goes on as the owner of the data folder');
      const warning = armFailpoint(process.env['CDRD_FAILPOINT']);
      if (warning !== undefined) log.warn(warning);
      const onUp = ({ firstToken }: App) => {
        if (!firstToken) return;
        log.info({ file: firstToken.file }, 'an admin token was made, this file holds it');
        if (process.stdout.isTTY) out(`admin token: ${firstToken.secret}`);
      };
      await runDaemon(config, log, onUp, { configFile: edge.configFile() });
    });
}

/** Runs until SIGTERM or SIGINT, or until `until` resolves. `onUp` may print where to look. `configFile`: what `config` was read from. */
export async function runDaemon(
  config: Config,
  log: Log,
  onUp: (app: App) => void | Promise<void>,
  { until = new Promise(() => undefined), configFile }: { until?: Promise<unknown>; configFile?: string } = {},
): Promise<void> {
  // Listened for before anything is opened: a signal during the start closes what is open by then.
  const signalled = firstSignal(log);
  const { openApp } = await import('../app.ts');
  const manager = openManager(process.env, log);
  const adminToken = process.env['CDRD_ADMIN_TOKEN'];
  const app = await openApp({ config, log, version: version(), adminToken, ...(configFile ? { configFile } : {}) });
  try {
    log.info({ urls: app.urls, systems: config.systems.map(({ name }) => name) }, 'cdrd is up');
    await onUp(app);
    await manager.up(`${app.urls.join(' ')}, systems: ${config.systems.length}`, () => app.beat());
    // Else written at the end only: a daemon that is killed would leave the next one to compile everything again.
    flushCompileCache();
    await Promise.race([signalled, until, app.broken]);
  } catch (error) {
    log.fatal({ err: error }, 'something of ours is broken, stopping before records are lost or doubled');
    throw new Broken('cdrd stopped because something of its own is broken; the log says what', { cause: error });
  } finally {
    await Promise.all([manager.stopping(), app.close()]);
    log.info('cdrd is down');
  }
}

/**
 * What root would make in the folder of another, the service could not open. The configuration and its secrets are read by now.
 * Returns the user it is now; null: nothing was changed.
 */
function becomeOwner(folder: string): number | null {
  // Who ran it as root before has files of root's in a folder of somebody else's: that goes on.
  const lock = join(folder, 'cdrd.lock');
  const owner = otherOwnerOf(existsSync(lock) ? lock : folder);
  if (owner === null) return null;
  // Its types leave it out.
  const named = process as NodeJS.Process & { initgroups(user: number, group: number): void };
  process.setgid!(owner.gid);
  try {
    named.initgroups(owner.uid, owner.gid);
  } catch {
    // Nobody has a name for that number, so it is in no other group.
    process.setgroups!([owner.gid]);
  }
  process.setuid!(owner.uid);
  return owner.uid;
}

function firstSignal(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const hear = (signal: string) => {
      const now = performance.now();
      if (first === undefined) {
        first = now;
        log.info({ signal }, 'stopping; a second signal stops at once');
        resolve();
      } else if (now - first > sameSignalMs) {
        log.warn({ signal }, 'stopped at once by a second signal');
        process.exit(1);
      }
    };
    process.on('SIGTERM', hear);
    process.on('SIGINT', hear);
    // The terminal was closed.
    process.on('SIGHUP', hear);
    // The launcher, where there is one, was killed: nobody could signal us any more.
    process.channel?.unref();
    process.on('disconnect', () => hear('launcher gone'));
  });
}
