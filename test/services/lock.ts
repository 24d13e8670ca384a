// One lock file between processes, held by the kernel: it is free again as soon as its holder is gone, however it went.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** As long as everything that is done under a lock may take: two bootstraps and two installs with their limits. */
const WAIT_LIMIT_SECONDS = 1_800;
/** After so long the wait is worth a line to whoever looks on. */
const NOTICE_MS = 2_000;

/** Does `work` while no other process holds the lock of `file`; waits for its turn. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  // `cat` keeps the lock until its standard input ends: when we close it, or when we die.
  const holder = spawn('flock', ['--wait', String(WAIT_LIMIT_SECONDS), file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const notice = setTimeout(() => process.stderr.write(`[services] waiting for another run, ${file}\n`), NOTICE_MS);
  const held = once(holder.stdout, 'data').then(() => true);
  const ended = once(holder, 'close').then(() => false);
  const isHeld = await Promise.race([held, ended]).finally(() => clearTimeout(notice));
  if (!isHeld) throw new Error(`${file}: not free within ${WAIT_LIMIT_SECONDS} s`);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
