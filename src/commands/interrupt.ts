// Ctrl-C while a long command works: it ends what it has in hand, a second signal ends it at once.
/** A signal to the whole process group reaches us twice, from the terminal and from the launcher: that is one signal. */
const sameSignalMs = 1000;

/** `heard` is called at the first signal; the standard input is closed then, since nobody may be writing to it. */
export function onInterrupt(heard: () => void): { signal: AbortSignal; end: () => void } {
  const stop = new AbortController();
  let first: number | undefined;
  const hear = () => {
    const now = performance.now();
    if (first !== undefined) {
      if (now - first > sameSignalMs) process.exit(130);
      return;
    }
    first = now;
    heard();
    stop.abort();
    process.stdin.destroy();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, hear);
  return {
    signal: stop.signal,
    end: () => {
      for (const signal of signals) process.off(signal, hear);
    },
  };
}
