// A result of 100,000 calls, scrolled from its beginning to its end. The daemon tells a page of real calls; what follows is the same page
// again at other times, handed to the browser by the test: what is tried here is the list, not the store.
import type { Browser, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallPage } from '../../src/client/calls.ts';
import { openBrowser } from '../browser/browser.ts';
import { openDemo, run, visit, type Demo } from './demo.ts';
import { costOf, framesOf } from './frames.ts';
import { talk } from './talk.ts';

const total = 100_000;
const pageRows = 200;
/** Of a frame, in pixels: a hundred lines, as who tears at the bar. */
const stepPixels = 3000;

describe('a long result', () => {
  let demo: Demo;
  let browser: Browser;
  beforeAll(async () => {
    demo = await openDemo();
    browser = await openBrowser();
    for (let at = 0; at < 4; at += 1) await demo.pbx.play([...talk('101', '102'), ...talk('103', '104')]);
  });
  afterAll(async () => {
    await browser.close();
    await demo.close();
  });

  /** The page of the cursor `after`, which is the number of calls before it. */
  function pageOf({ calls }: CallPage, after: number): CallPage {
    const rows = Array.from({ length: pageRows }, (_, at) => {
      const place = after + at;
      const call = calls[place % calls.length]!;
      const start = new Date(Date.parse(call.start) - place * 1000).toISOString();
      return { ...call, id: total - place, start, caller: String(10_000 + (place % 90_000)) };
    });
    const next = after + pageRows;
    const more = next < total;
    return { calls: rows, before: String(after), after: String(next), more } as unknown as CallPage;
  }

  it('of 100,000 calls is scrolled to its end with its frames in time, few of them in the document', async () => {
    const { page, close } = await visit(browser, demo.daemon.url, '');
    const real = await demo.daemon.get<CallPage>('/api/v1/calls?limit=200');
    await page.route('**/api/v1/calls?*', async (route: Route) => {
      const after = Number(new URL(route.request().url()).searchParams.get('after') ?? 0);
      await route.fulfill({ json: pageOf(real, after) });
    });
    await page.getByRole('link', { name: 'Search' }).click();
    await page.getByText('200 loaded').waitFor();
    const idle = await (await browser.newContext()).newPage();
    await idle.goto('about:blank');
    const cost = await costOf(page);
    const before = await cost();
    await Promise.all([framesOf.start(page), framesOf.start(idle)]);
    const walked = await run<{ last: number; most: number; drawn: number }>(
      page,
      `const box = document.querySelector('.windowed .body');
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const seen = new Set();
      let most = 0;
      const end = performance.now() + 150_000;
      while (performance.now() < end) {
        const rows = document.querySelectorAll('.run [role=row]');
        most = Math.max(most, rows.length);
        for (const row of rows) seen.add(row.dataset.key);
        if (seen.has('1')) break;
        box.scrollTop += ${stepPixels};
        await frame();
      }
      return { last: seen.has('1') ? 1 : 0, most, drawn: seen.size };`,
    );
    const [frames, reference, after] = [await framesOf.end(page), await framesOf.end(idle), await cost()];
    expect(walked.last).toBe(1);
    expect(walked.most).toBeLessThan(80);
    const told = { frames, reference, cpu: (after.cpu - before.cpu) / frames.count };
    // Of its own time a frame takes half of its sixteen milliseconds at most: whatever else the machine does.
    expect({ ...told, isCheap: told.cpu < 0.008 }).toMatchObject({ isCheap: true });
    expect({ ...told, isInTime: frames.lost <= reference.lost + 0.1 }).toMatchObject({ isInTime: true });
    // What was scrolled past is given up.
    expect(after.bytes - before.bytes).toBeLessThan(12_000_000);
    await close();
  }, 200_000);
});
