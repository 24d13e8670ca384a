// The client as one plain ES module. A process of its own makes it: what takes types away is 18 MB that would never leave this one.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('./strip.ts', import.meta.url));
const limits = { timeout: 30_000, maxBuffer: 1_000_000 };

/** Rejects when no process can be started. */
export async function scriptOfClient(): Promise<string> {
  // Node calls it experimental, though it runs on it itself.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program],
    limits,
  );
  return stdout;
}
