import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { giveBackMemory } from '../src/memory.ts';

/** Any young generation is large, so that only the loop decides. */
const quick = { lookMs: 30, restMs: 0, youngMax: 0, idleShare: 0.5 };
let stop = () => undefined as void;
afterEach(() => stop());

describe('memory is given back', () => {
  it('while the loop is idle, again and again', async () => {
    const collect = vi.fn();
    stop = giveBackMemory({ ...quick, collect });
    await vi.waitFor(() => expect(collect.mock.calls.length).toBeGreaterThan(1), 5000);
  });

  it('not while the loop is busy', async () => {
    const collect = vi.fn();
    stop = giveBackMemory({ ...quick, collect });
    for (const end = performance.now() + 300; performance.now() < end; await delay(1))
      for (const turn = performance.now() + 20; performance.now() < turn;);
    expect(collect).not.toHaveBeenCalled();
  });

  it('not when it has been told to stop', async () => {
    const collect = vi.fn();
    giveBackMemory({ ...quick, collect })();
    await delay(200);
    expect(collect).not.toHaveBeenCalled();
  });

  it.each([
    ['until it has rested', { restMs: 60_000 }],
    ['while the young generation is small', { youngMax: Infinity }],
  ])('once after the start, %s', async (_, given) => {
    const collect = vi.fn();
    stop = giveBackMemory({ ...quick, ...given, collect });
    await delay(300);
    expect(collect).toHaveBeenCalledOnce();
  });
});
