// Questions in turn: few at once, once more where cdrd had no room, and an end to that.
import { expect, it } from 'vitest';
import { ApiError, problemFor } from '../../src/client/trouble.ts';
import { patient } from '../../src/dashboard/overview/patient.ts';

const busy = new ApiError(problemFor(429, 'no room'));

it('asks as many at once as may be, and all of them', async () => {
  const inTurn = patient(2, new AbortController().signal, 1);
  let running = 0;
  let most = 0;
  const ask = (at: number) => async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (at === 3) throw new Error('three');
    return at;
  };
  const told = await Promise.allSettled([0, 1, 2, 3, 4, 5].map((at) => inTurn(ask(at))));
  expect(told.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message))).toEqual([
    ...[0, 1, 2, 'three', 4, 5],
  ]);
  expect(most).toBe(2);
});

it('asks again where cdrd had no room, a dozen times and no more, and never where it refuses', async () => {
  const inTurn = patient(1, new AbortController().signal, 0.1);
  let asked = 0;
  const answer = (after: number, error: Error) =>
    inTurn(async () => {
      asked += 1;
      if (asked <= after) throw error;
      return asked;
    });
  expect(await answer(3, busy)).toBe(4);
  asked = 0;
  await expect(answer(99, busy)).rejects.toBe(busy);
  expect(asked).toBe(12);
  asked = 0;
  await expect(answer(1, new ApiError(problemFor(400, 'wrong')))).rejects.toThrow('wrong');
  expect(asked).toBe(1);
});

it('asks nothing more once nobody wants to know', async () => {
  const stop = new AbortController();
  const inTurn = patient(1, stop.signal, 60_000);
  let asked = 0;
  const waiting = inTurn(() => {
    asked += 1;
    return Promise.reject(busy);
  });
  setImmediate(() => stop.abort(new Error('nobody looks')));
  await expect(waiting).rejects.toThrow('nobody looks');
  expect(asked).toBe(1);
});
