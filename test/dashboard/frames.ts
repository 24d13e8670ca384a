// What a page costs, and the frames it draws: measured so that a busy machine is not taken for a busy page.
import type { Page } from 'playwright-core';
import { run } from './demo.ts';

/** Beyond this a frame was lost that one would see: three of sixty a second. */
const lostMs = 50;

export interface Frames {
  /** Frames drawn. */
  count: number;
  /** Share of the time that lay in gaps of more than 50 ms, 0 to 1. */
  lost: number;
  /** The longest gap, in milliseconds. */
  longest: number;
  /** Time of tasks of more than 50 ms of the page's own thread, in milliseconds. */
  longTasks: number;
}

export const framesOf = {
  /** Notes every frame from now on; the page's own long tasks as well, which no other process can lengthen but by its share of a core. */
  start: (page: Page) =>
    run(
      page,
      `const noted = (globalThis.noted = { gaps: [], tasks: 0, isOver: false, begin: performance.now() });
      let last = performance.now();
      const frame = (now) => { noted.gaps.push(now - last); last = now; if (!noted.isOver) requestAnimationFrame(frame); };
      requestAnimationFrame(frame);
      noted.watch = new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) noted.tasks += duration; });
      noted.watch.observe({ type: 'longtask' });`,
    ),
  end: (page: Page): Promise<Frames> =>
    run(
      page,
      `const { noted } = globalThis;
      noted.isOver = true;
      noted.watch.disconnect();
      const whole = performance.now() - noted.begin;
      const lost = noted.gaps.filter((gap) => gap > ${lostMs}).reduce((sum, gap) => sum + gap, 0);
      return { count: noted.gaps.length, lost: lost / whole, longest: Math.max(...noted.gaps), longTasks: noted.tasks };`,
    ),
};

/** What the page has cost so far: seconds of its thread's processor time, bytes that live, nodes; at a time in seconds. */
export async function costOf(page: Page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const told = async () => {
      const { metrics } = await session.send('Performance.getMetrics');
      return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    };
    const before = await told();
    // Looking must not count: tidying up is ours.
    await session.send('HeapProfiler.collectGarbage');
    const { JSHeapUsedSize: bytes = 0, Nodes: nodes = 0 } = await told();
    return { cpu: before['TaskDuration'] ?? 0, bytes, nodes, at: performance.now() / 1000 };
  };
}
