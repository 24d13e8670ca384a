// Tells the log when rejects went because too many are kept: nobody sees it otherwise before the day is asked for.
import type { Log } from '../log.ts';
import type { LetGo } from '../store/letgo.ts';

/** A source that goes on and on is told of once in so long. */
const againMs = 24 * 3600 * 1000;

/** `now`: milliseconds that only go forward. */
export function letGoTeller(log: Log, now = () => performance.now()): (gone: readonly LetGo[]) => void {
  const told = new Map<string, number>();
  return (gone) => {
    for (const { source, count } of gone) {
      if (now() - (told.get(source) ?? -Infinity) < againMs) continue;
      told.set(source, now());
      log.warn(
        { source, count },
        'more rejects than rejects.keep: the oldest of this source were let go and can be tried no more; the audit says when how many',
      );
    }
  };
}
