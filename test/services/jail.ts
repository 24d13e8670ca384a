// Starts a program as root of a chroot, in namespaces of its own: its mounts are seen by nobody else and vanish with it,
// and it cannot outlive the process that started it, not even one that died of SIGKILL.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** Put before any command: the command, and all that it starts, is gone when we are, and its mounts with it. */
const ALONE = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child'];

/*
 *   node ── unshare ──┬─ new mount and pid namespaces ─────────┐
 *           dies      │ sh (pid 1) ── chroot ROOT program …    │
 *           with node │ dies with unshare, takes all with it   │
 *
 * The program is not pid 1 itself: a program that changes its user (mariadbd) loses the parent-death signal, and pid 1
 * is deaf to signals that it does not handle. Every jail has a /tmp of its own: the same program has the same pid in
 * every jail, and names its temporary files after it.
 */
const ENTER = `
mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount -t tmpfs tmp "$1/tmp" || exit 90
chroot "$@"
exit $?`;

/** What every jailed program finds in its environment; nothing of ours is handed on by accident. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  HOME: '/root',
};

export interface Jailing {
  /** Folder that becomes `/`; null runs the command in the host's own tree, but as short-lived as all others. */
  root: string | null;
  command: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** File on the host that gets all output, appended. */
  log: string;
}

/** Starts a command; its own process group, so that Ctrl-C at the terminal reaches only the test run. */
export function spawnJailed({ root, command, env, log }: Jailing): ChildProcess {
  const entry = root === null ? ['--mount-proc', '--', ...command] : ['--', 'sh', '-c', ENTER, 'sh', root, ...command];
  const [program = '', ...args] = [...ALONE, ...entry];
  const output = openSync(log, 'a');
  try {
    return spawn(program, args, { stdio: ['ignore', output, output], env: { ...ENVIRONMENT, ...env }, detached: true });
  } finally {
    closeSync(output);
  }
}

/** Waits for the end of a jailed command and throws unless it ended with 0 within `timeoutMs`. */
export async function runJailed(jailing: Jailing, timeoutMs: number): Promise<void> {
  const name = jailing.command.slice(0, 3).join(' ');
  const child = spawnJailed(jailing);
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const [code, signal] = await ended(child).finally(() => clearTimeout(timer));
  if (code === 0) return;
  const how = signal === null ? `ended with ${code}` : `was stopped (${signal}), its limit is ${timeoutMs / 1000} s`;
  throw new Error(`${name} ${how}; the log is ${jailing.log} and ends with\n${tail(jailing.log)}`);
}

/** Resolves when a child has ended; rejects when it could not be started. */
export async function ended(child: ChildProcess): Promise<[code: number | null, signal: NodeJS.Signals | null]> {
  if (child.exitCode !== null || child.signalCode !== null) return [child.exitCode, child.signalCode];
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => resolve([code, signal])).once('error', reject);
  });
}

/** The host's pid of the program itself: the child of the shell that is the child of `unshare`. Null before it runs. */
export function programPid(child: ChildProcess): number | null {
  const shell = firstChild(child.pid ?? null);
  return firstChild(shell);
}

function firstChild(pid: number | null): number | null {
  if (pid === null) return null;
  try {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return first ? Number(first) : null;
  } catch {
    return null; // The process ended while we looked.
  }
}

/** The last lines of a log, for messages. */
export function tail(log: string, lines = 20): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
