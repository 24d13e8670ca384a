// A result of 100,000 calls, scrolled from its beginning to its end. The daemon tells a page of real calls; what follows is the same page
// again at other times, handed to the browser by the test: what is tried here is the list, not the store.
import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallPage } from '../../src/client/calls.ts';
import { openBrowser } from '../browser/browser.ts';
import { openDemo, run, visit, type Demo } from './demo.ts';
import { costOf, framesOf } from './frames.ts';
import { talk } from './talk.ts';

const total = 100_000;
const pageRows = 200;
/** Of a frame: twenty lines, as who flings the list; and a hundred, as who tears at the bar. */
const [flingPixels, tearPixels] = [600, 3000];
const measuredFrames = 150;

/** As many lines and cells as are in sight, written anew in each frame by the shortest way there is. */
const drawPlain = `document.querySelector('.plain').innerHTML = Array.from({ length: 36 }, (_, row) =>
  '<div style="position: absolute; display: grid; grid-template-columns: repeat(9, 1fr); width: 100%; height: 30px; transform: translateY(' + row * 30 + 'px)">' +
  Array.from({ length: 9 }, (_, cell) => '<div style="overflow: hidden"><span>' + (at * 36 + row * 9 + cell) + '</span></div>').join('') + '</div>').join('');`;

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
    return { calls: rows, before: String(after), after: String(next), more };
  }

  it('of 100,000 calls is scrolled at the cost of plain lines, and to its end with few of them in the document', async () => {
    const { page, close } = await visit(browser, demo.daemon.url, '');
    const real = await demo.daemon.get<CallPage>('/api/v1/calls?limit=200');
    await page.route('**/api/v1/calls?*', async (route: Route) => {
      const after = Number(new URL(route.request().url()).searchParams.get('after') ?? 0);
      await route.fulfill({ json: pageOf(real, after) });
    });
    await page.getByRole('link', { name: 'Search' }).click();
    await page.getByText('200 loaded').waitFor();
    const plain = await (await browser.newContext()).newPage();
    await plain.setContent('<div class="plain" style="height: 600px; overflow: hidden; position: relative"></div>');
    const expected = await scrolled(plain, drawPlain);
    const told = await scrolled(page, `document.querySelector('.windowed .body').scrollTop += ${flingPixels};`);
    // Whatever else the machine does, it does to both.
    const both = JSON.stringify({ told, expected });
    expect(told.cpu, both).toBeLessThan(4 * expected.cpu);
    expect(told.lost, both).toBeLessThan(expected.lost + 0.25);

    const cost = await costOf(page);
    const before = await cost();
    const walked = await run<{ isAtEnd: boolean; most: number }>(
      page,
      `const box = document.querySelector('.windowed .body');
      let most = 0, isAtEnd = false;
      for (const end = performance.now() + 150_000; !isAtEnd && performance.now() < end;) {
        const rows = [...document.querySelectorAll('.run [role=row]')];
        most = Math.max(most, rows.length);
        isAtEnd = rows.some((row) => row.dataset.key === '1');
        box.scrollTop += ${tearPixels};
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      return { isAtEnd, most };`,
    );
    expect(walked.isAtEnd).toBe(true);
    expect(walked.most).toBeLessThan(80);
    // What was scrolled past is given up.
    expect((await cost()).bytes - before.bytes).toBeLessThan(12_000_000);
    await close();
  }, 240_000);
});

/** Seconds of processor time for each frame in which `step` ran, and the share of the time in which frames were lost. */
async function scrolled(page: Page, step: string): Promise<{ cpu: number; lost: number }> {
  const cost = await costOf(page);
  const before = await cost();
  await framesOf.start(page);
  const frames = `const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));`;
  await run(page, `${frames} for (let at = 0; at < ${measuredFrames}; at += 1) { ${step} await frame(); }`);
  const { lost } = await framesOf.end(page);
  return { cpu: ((await cost()).cpu - before.cpu) / measuredFrames, lost };
}
