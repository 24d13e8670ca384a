// A run is one service's folder inside a chroot, with a record of who owns it beside it.
// Runs whose owner died are swept at the next start: their processes stopped, their folders removed.
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const RUNS = '/srv/runs';

interface Process {
  pid: number;
  /** Clock ticks from boot to its start (proc(5), stat field 22): tells a process from a later one with the same pid. */
  started: string;
}

interface Owned {
  /** The kernel's boot and the pid namespace that these pids are of. */
  boot: string;
  namespace: string;
  owner: Process;
  processes: Process[];
}

/** The folder of one running service. */
export class Run {
  /** The chroot as the host sees it. */
  readonly root: string;
  /** The folder as the host sees it. */
  readonly folder: string;
  /** The same folder as seen from inside. */
  readonly inside: string;
  #owned: Owned;

  constructor(root: string, what: string) {
    this.root = root;
    this.inside = join(RUNS, `${what}-${randomBytes(6).toString('hex')}`);
    this.folder = join(root, this.inside);
    this.#owned = { ...here(), owner: identify(process.pid) ?? { pid: 0, started: '' }, processes: [] };
  }

  /** The record is written before the folder, so that a folder without a record is never anybody's. */
  open(): this {
    mkdirSync(join(this.root, RUNS), { recursive: true });
    this.#write();
    mkdirSync(this.folder);
    chmodSync(this.folder, 0o755);
    return this;
  }

  /** Writes a file that the service reads, and returns its path as the service sees it. */
  file(name: string, content: string): string {
    writeFileSync(join(this.folder, name), content);
    return join(this.inside, name);
  }

  /** Records a process of this run, so that a later run can stop it should we die. */
  own(pid: number): void {
    const identified = identify(pid);
    if (identified === null) return;
    this.#owned.processes.push(identified);
    this.#write();
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(`${this.folder}.json`, { force: true });
  }

  #write(): void {
    writeFileSync(`${this.folder}.json`, JSON.stringify(this.#owned));
  }
}

/** Removes what dead runs left in a chroot. Says whether anything there is still in use. */
export function sweep(root: string): 'in use' | 'idle' {
  const runs = join(root, RUNS);
  if (!existsSync(runs)) return 'idle';
  let found: 'in use' | 'idle' = 'idle';
  for (const record of readdirSync(runs).filter((name) => name.endsWith('.json'))) {
    const folder = join(runs, record.slice(0, -'.json'.length));
    const owned = read(join(runs, record));
    if (owned === null || mayLive(owned)) {
      found = 'in use';
      continue;
    }
    if (owned.boot === here().boot) owned.processes.filter(isAlive).forEach(({ pid }) => process.kill(pid, 'SIGKILL'));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    rmSync(join(runs, record), { force: true });
  }
  return found;
}

/** Null while its owner is just writing it. */
function read(record: string): Owned | null {
  try {
    return JSON.parse(readFileSync(record, 'utf8')) as Owned;
  } catch {
    return null;
  }
}

function here(): { boot: string; namespace: string } {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return { boot, namespace: readlinkSync('/proc/self/ns/pid') };
}

/** Of an owner in another container of this host we cannot know, so it counts as alive. */
function mayLive({ boot, namespace, owner }: Owned): boolean {
  if (boot !== here().boot) return false;
  return namespace !== here().namespace || isAlive(owner);
}

function isAlive(process: Process): boolean {
  return process.started !== '' && identify(process.pid)?.started === process.started;
}

/** Null when there is no such process. The name of a program may hold blanks and brackets: count from the last one. */
function identify(pid: number): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return started === undefined ? null : { pid, started };
  } catch {
    return null;
  }
}
