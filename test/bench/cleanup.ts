// What a bench leaves behind is nothing: every folder and process it makes is known here, and goes at the end, also on
// Ctrl-C and after a fault. Not here: kill -9 of the bench itself; its children then stop by themselves, folders stay.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Unavailable } from '../../src/errors.ts';

const children = new Set<ChildProcess>();
const folders = new Set<string>();

/** To be called once, before anything is made. */
export function cleanUpAtTheEnd(): void {
  process.on('exit', cleanUp);
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
  process.on('SIGHUP', () => process.exit(129));
}

function cleanUp(): void {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) removeFolder(folder);
}

/** A new folder, on the disk where TMPDIR is if nobody says where. */
export function makeFolder(within = tmpdir()): string {
  const folder = mkdtempSync(join(within, 'cdrd-bench-'));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  // A child that was killed this moment may still be writing.
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  folders.delete(folder);
}

export interface Child<T> {
  /** What it said when it was ready. */
  ready: T;
  process: ChildProcess;
  /** SIGTERM, and SIGKILL when that takes too long. */
  end(): Promise<void>;
}

const startMs = 20_000;
const endMs = 10_000;
/** Enough of a fault to understand it. */
const errorsMax = 4000;

/**
 * Runs a script under this Node until a line of its stdout is the one `readyOf` waits for. It has an IPC channel, so
 * that it can see when the bench is gone. @throws Unavailable when it ends or stays silent.
 */
export async function startChild<T>(
  args: string[],
  readyOf: (line: string) => T | undefined,
  env: NodeJS.ProcessEnv = {},
): Promise<Child<T>> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C of a terminal reaches the bench only, which ends its children itself.
    detached: true,
  });
  children.add(child);
  const gone = once(child, 'close').finally(() => children.delete(child));
  let errors = '';
  child.stderr!.on('data', (data: Buffer) => (errors = (errors + data.toString()).slice(-errorsMax)));
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const ready = readyOf(line);
    if (ready !== undefined) resolve(ready);
  });
  const name = args.join(' ');
  void gone.then(() => reject(new Unavailable(`${name} ended (${child.exitCode ?? child.signalCode}): ${errors}`)));
  const late = setTimeout(() => reject(new Unavailable(`${name} was not ready within ${startMs} ms`)), startMs);
  const end = async () => {
    child.kill();
    const overdue = setTimeout(() => child.kill('SIGKILL'), endMs);
    await gone;
    clearTimeout(overdue);
  };
  try {
    return { ready: await promise, process: child, end };
  } finally {
    clearTimeout(late);
  }
}
