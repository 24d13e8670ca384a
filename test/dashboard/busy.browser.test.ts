// Live for a long time beside a busy PBX: 50 changes a second, for two minutes, or for so many as CDRD_BUSY_MINUTES says. The page keeps
// drawing as it does where nothing happens, and what it holds does not grow.
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../browser/browser.ts';
import { until } from '../support/until.ts';
import { openDemo, run, visit, type Demo } from './demo.ts';
import { costOf, framesOf } from './frames.ts';

const minutes = Number(process.env['CDRD_BUSY_MINUTES'] ?? 2);
/** What is weighed once in a round: a third and more of them show whether something grows. */
const rounds = 6;
const warmSeconds = 8;
/** How often the page draws at most (views/live.ts). */
const drawMs = 100;

const changesOf = (page: Page) => run<number>(page, "return Number(document.querySelector('.view').dataset.changes)");

describe('the view Live beside a busy PBX', () => {
  let demo: Demo;
  let browser: Browser;
  beforeAll(async () => {
    demo = await openDemo();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await demo.close();
  });

  it(
    `takes 50 changes a second for ${minutes} minutes with its frames in time and without growing`,
    async () => {
      const { page, close } = await visit(browser, demo.daemon.url);
      const cost = await costOf(page);
      void demo.pbx.traffic({ rate: 12, seconds: minutes * 60 + 40, seed: 5 });
      // Until the board is full of ended calls there is something to grow for; 300 changes are its beginning.
      await until(async () => (await changesOf(page)) > 300, 'the board to fill', 30_000);
      const begin = { ...(await cost()), changes: await changesOf(page) };
      await delay(warmSeconds * 1000);
      const share = ((await cost()).cpu - begin.cpu) / warmSeconds;
      // A page of nothing, in a process of its own, that is busy for as much of the time, has the frames that this machine has to give.
      const idle = await (await browser.newContext()).newPage();
      await idle.goto('about:blank');
      await run(
        idle,
        `setInterval(() => { for (const end = performance.now() + ${share * drawMs}; performance.now() < end;); }, ${drawMs});`,
      );
      await Promise.all([framesOf.start(page), framesOf.start(idle)]);
      const weighed: { bytes: number; nodes: number }[] = [];
      for (let round = 0; round < rounds; round += 1) {
        // Nobody looks meanwhile: to ask what it costs costs more than the page does.
        await delay((minutes * 60_000) / rounds);
        weighed.push(await cost());
      }
      const [frames, reference, end] = [await framesOf.end(page), await framesOf.end(idle), await cost()];
      const seconds = end.at - begin.at;
      const told = {
        changes: ((await changesOf(page)) - begin.changes) / seconds,
        cpu: (end.cpu - begin.cpu) / seconds,
      };
      expect(told.changes).toBeGreaterThan(50);
      // A frame has 16 ms: what takes half of the time of one core leaves every frame its room.
      expect(told.cpu).toBeLessThan(0.5);
      // That other page loses frames only where the machine has none to give; beside it, one in ten.
      expect(frames.lost, JSON.stringify({ frames, reference, told })).toBeLessThan(5 * reference.lost + 0.1);
      const [first, last] = [weighed.slice(1, 3), weighed.slice(-2)];
      const least = (of: typeof weighed, what: 'bytes' | 'nodes') => Math.min(...of.map((one) => one[what]));
      expect(least(last, 'bytes') - least(first, 'bytes')).toBeLessThan(2_000_000);
      expect(least(last, 'nodes')).toBeLessThan(least(first, 'nodes') * 1.2 + 200);
      await close();
    },
    120_000 + minutes * 60_000,
  );
});
