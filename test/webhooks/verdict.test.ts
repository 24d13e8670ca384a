// What each answer means for a delivery: taken, away, refused; and how long the waits are.
import { describe, expect, it } from 'vitest';
import { secondsOf, verdictOf, type Try } from '../../src/webhooks/verdict.ts';

const waits = { retry_seconds: 5, retry_max_seconds: 3600, give_up_seconds: 86_400 };
const now = 1_795_400_000_000_000;
const of = (change: Partial<Try>, chance = 0) =>
  verdictOf({ status: null, retryAfter: null, now, first: now, tries: 0, ...change }, waits, chance);
const waited = (change: Partial<Try>, chance = 0) => ((of(change, chance).due ?? NaN) - now) / 1e6;

describe('a try', () => {
  it.each([200, 201, 204, 299])('answered %d is delivered', (status) => {
    expect(of({ status })).toEqual({ state: 'delivered', due: null });
  });

  it.each([null, 408, 425, 429, 500, 502, 503, 504])(
    'answered %s waits, however often, until the time of giving up has passed',
    (status) => {
      const begun = (seconds: number) => of({ status, tries: 100, first: now - seconds * 1e6 }).state;
      expect([begun(0), begun(86_399), begun(86_400)]).toEqual(['pending', 'pending', 'dead']);
      expect(of({ status, first: null }).state).toBe('pending');
    },
  );

  it.each([301, 302, 307, 400, 401, 403, 404, 410, 413, 422])('answered %d is dead after five', (status) => {
    const states = [0, 1, 2, 3, 4].map((tries) => of({ status, tries }).state);
    expect(states).toEqual(['pending', 'pending', 'pending', 'pending', 'dead']);
  });

  it('is waited for twice as long each time, up to the longest wait, and a tenth more by chance', () => {
    expect([0, 1, 2, 9, 10, 5000].map((tries) => waited({ tries }))).toEqual([5, 10, 20, 2560, 3600, 3600]);
    expect(waited({ tries: 1 }, 1)).toBe(11);
  });

  it('is waited for as long as Retry-After asks, never shorter than the own wait, never longer than a day', () => {
    const asked = (retryAfter: string) => waited({ status: 503, retryAfter });
    expect(['120', '1', '999999', 'soon', '-5', ''].map(asked)).toEqual([120, 5, 86_400, 5, 5, 5]);
    expect(asked(new Date(now / 1000 + 90_000).toUTCString())).toBe(90);
    expect(secondsOf(new Date(now / 1000 - 90_000).toUTCString(), now)).toBe(0);
  });
});
