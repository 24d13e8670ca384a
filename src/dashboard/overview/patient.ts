// Questions that may each be a look at every call, of which cdrd takes only some at once (`limits.exports`): few at a time, and what it had
// no room for once more. So nobody who looks at Overview takes the room of those who export.
import { ApiError } from '../../client/trouble.ts';
import { pause } from '../../client/wait.ts';

/** With waits of a second and more between them, about as long as one look may take (`limits.stats_scan_seconds`). */
const triesMax = 12;

/** What it returns asks in turn, at most `most` at a time; `secondMs`: how long a second is. @throws what the question throws */
export function patient(
  most: number,
  signal: AbortSignal,
  secondMs = 1000,
): <Answer>(ask: () => Promise<Answer>) => Promise<Answer> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (ask) => {
    if (running < most) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      for (let tried = 1; ; tried += 1) {
        signal.throwIfAborted();
        try {
          return await ask();
        } catch (error) {
          if (!(error instanceof ApiError) || error.status !== 429 || tried === triesMax) throw error;
          await pause((error.problem.retry_after ?? 1) * secondMs * (1 + Math.random()), signal);
        }
      }
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
