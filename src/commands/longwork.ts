// What every long command has: a bar on the standard error, and Ctrl-C, which ends the work in order.
import { Bar } from './bar.ts';
import { onInterrupt } from './interrupt.ts';

interface Manners {
  quiet: true | undefined;
  /** Said at Ctrl-C. */
  stopping: string;
}

/** What `work` gives; null when Ctrl-C cut it: then the exit code is 130. The bar is gone by then. */
export async function longWork<T>(
  { quiet, stopping }: Manners,
  work: (bar: Bar, signal: AbortSignal) => Promise<T>,
): Promise<T | null> {
  const bar = new Bar(quiet ? null : process.stderr, () => performance.now());
  const interrupt = onInterrupt(() => process.stderr.write(`\n${stopping}\n`));
  try {
    return await work(bar, interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted || !(error instanceof Error) || error.name !== 'AbortError') throw error;
    process.exitCode = 130;
    return null;
  } finally {
    bar.clear();
    interrupt.end();
  }
}
