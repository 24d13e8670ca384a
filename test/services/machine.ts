// A fresh Debian for one test: a copy of the bare one that is kept, in which commands are run as on a machine.
import type { ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { installing, openChroot, type BareName } from './chroot.ts';
import { ended, programPid, runJailed, spawnJailed } from './jail.ts';

const COMMAND_LIMIT_MS = 60_000;
const INSTALL_LIMIT_MS = 180_000;

/** Debian's PATH, and nobody who answers questions. */
const ENVIRONMENT = { DEBIAN_FRONTEND: 'noninteractive' };

export class Machine {
  /** Its `/`, as the host sees it. */
  readonly root: string;
  #logs = 0;
  #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.root = join(folder, 'root');
  }

  static async open(name: BareName): Promise<Machine> {
    const machine = new Machine(mkdtempSync(join(tmpdir(), `cdrd-${name}-`)));
    const copied = spawnSync('cp', ['--archive', '--reflink=auto', await openChroot(name), machine.root]);
    if (copied.status !== 0) throw new Error(`the chroot ${name} cannot be copied: ${String(copied.stderr)}`);
    return machine;
  }

  /** What a command prints, its errors too. @throws Error with the same when it does not end with 0 */
  async run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const log = this.#log();
    await runJailed({ root: this.root, command, env: { ...ENVIRONMENT, ...env }, log }, COMMAND_LIMIT_MS);
    return readFileSync(log, 'utf8');
  }

  /** As its user, without a login. */
  async runAs(user: string, command: readonly string[], env?: Readonly<Record<string, string>>): Promise<string> {
    return this.run([...as(user), ...command], env);
  }

  /** Installs a package of the host's, with what it depends on from the mirror. What apt and the package print. */
  async install(deb: string): Promise<string> {
    const inside = `/srv/${basename(deb)}`;
    const log = this.#log();
    cpSync(deb, join(this.root, inside));
    await runJailed(installing(this.root, [inside], log), INSTALL_LIMIT_MS);
    rmSync(join(this.root, inside));
    return readFileSync(log, 'utf8');
  }

  /** Starts a command that goes on; it ends with us. */
  start(user: string, command: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
    const log = this.#log();
    return new Started(spawnJailed({ root: this.root, command: [...as(user), ...command], env, log }), log);
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** `640` */
  modeOf(path: string): string {
    return (statSync(join(this.root, path)).mode & 0o7777).toString(8);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  #log(): string {
    this.#logs += 1;
    return join(this.#folder, `${this.#logs}.log`);
  }
}

/** A command that goes on. */
export class Started {
  readonly #child: ChildProcess;
  readonly #log: string;

  constructor(child: ChildProcess, log: string) {
    this.#child = child;
    this.#log = log;
  }

  /** All it has printed. @throws Error with it once the command has ended */
  get output(): string {
    const text = readFileSync(this.#log, 'utf8');
    if (this.#child.exitCode !== null) throw new Error(`it has ended with ${this.#child.exitCode}:\n${text}`);
    return text;
  }

  /** Asks it to end, and says with what it did. */
  async stop(): Promise<number | null> {
    const pid = programPid(this.#child);
    if (pid !== null) process.kill(pid, 'SIGTERM');
    const [code] = await ended(this.#child);
    return code;
  }
}

/** Replaces itself by the command, so that a signal reaches that. */
function as(user: string): string[] {
  return ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups'];
}
