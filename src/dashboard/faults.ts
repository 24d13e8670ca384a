// What went wrong, in the reader's words, and whether it goes away by itself: then it is asked again.
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../client/trouble.ts';
import { t, word } from './texts.ts';

/** Between two tries, in milliseconds. */
export const againMs = 3000;

/** cdrd is away, or has too much to do. What it refuses, it refuses again. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 429 || error.status >= 500;
}

/** Another number some time after each fault that passes: what is asked depends on it. */
export function useAgain(fault: unknown): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (fault === null || !isPassing(fault)) return undefined;
    const timer = setTimeout(() => setCount((so) => so + 1), againMs);
    return () => clearTimeout(timer);
  }, [fault]);
  return count;
}

export function faultText(error: unknown): string {
  if (!(error instanceof ApiError)) return t('app.away');
  return t(isPassing(error) ? 'app.busy' : 'app.failed', { reason: reasonText(error) });
}

/** What kind of fault it is, in the reader's words, and what cdrd says of it, which is English. */
export function reasonText(error: unknown): string {
  const { message } = error as Error;
  const status = error instanceof ApiError ? String(error.status) : '';
  const kind = word('fault', status);
  return kind === status ? message : `${kind} (${message})`;
}
