// A store whose numbers are known, and the view Overview of it in a real browser.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type { StatsShape } from '../../src/http/dialects/native/statsshape.ts';
import { openBrowser, type Watched } from '../browser/browser.ts';
import { openDemo, run, visit, type Demo } from './demo.ts';

export const hour = 3_600_000;
/** A zone in which it is noon: so today has hours behind it and before it whenever the test runs. */
export const ahead = 12 - new Date().getUTCHours();
export const zone = ahead === 0 ? 'UTC' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
export const noon = Math.floor(Date.now() / hour) * hour;
export const midnight = noon - 12 * hour;
const view = `?view=overview&zone=${encodeURIComponent(zone)}`;

let count = 0;
export function record(start: number, more: object = {}) {
  count += 1;
  const uniqueid = `${Math.floor(start / 1000)}.${count}`;
  const times = { start: new Date(start).toISOString(), duration: 40, billsec: 30, disposition: 'ANSWERED' };
  const parties = { accountcode: 'acme', src: '101', dst: '102', lastapp: 'Dial', dcontext: 'internal' };
  const channels = { channel: `PJSIP/101-${count}`, dstchannel: `PJSIP/102-${count}` };
  return { uniqueid, ...times, ...parties, ...channels, ...more };
}
export const unanswered = { disposition: 'NO ANSWER', billsec: 0 };

/** The table below a plot: its head, and each line by its first cell. */
export async function numbersOf(page: Page, plot: string) {
  const section = page.locator(`[data-plot=${plot}]`);
  const details = section.locator('details.numbers');
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
  await section.locator('tbody tr').first().waitFor();
  const [head, ...rows] = await run<string[][]>(
    page,
    `return [...document.querySelectorAll('[data-plot=${plot}] .numbers tr')].map((row) => [...row.cells].map((cell) => cell.textContent))`,
  );
  return { titles: head!.slice(1), rows: new Map(rows.map(([label, ...cells]) => [label!, cells])) };
}

export const figure = (page: Page, name: string) => page.locator(`[data-figure=${name}] .value`).innerText();

export interface OverviewHouse {
  demo: Demo;
  browser: Browser;
  /** Of today when no times are given. */
  stats(query: string, from?: number, to?: number): Promise<StatsShape>;
  open(path?: string, options?: BrowserContextOptions): Promise<Watched>;
  close(): Promise<void>;
}

/** Calls of every hour of this morning, more of them the later, and four of the same weekday before. */
export async function openOverview(): Promise<OverviewHouse> {
  const demo = await openDemo();
  const browser = await openBrowser();
  const today = Array.from({ length: 11 }, (_, at) => midnight + at * hour + 60_000).flatMap((start, at) => [
    ...Array.from({ length: at + 1 }, () => record(start)),
    record(start, { ...unanswered, accountcode: 'globex' }),
    ...(at % 2 ? [record(start, { ...unanswered, disposition: 'BUSY', src: '103' })] : []),
  ]);
  const before = [1, 2, 2, 23].map((at) => record(midnight - 168 * hour + at * hour));
  await demo.daemon.post('/api/v1/cdrs', [...today, ...before]);
  return {
    ...{ demo, browser },
    stats: (query, from = midnight, to = midnight + 24 * hour) => {
      const span = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}&zone=${encodeURIComponent(zone)}`;
      return demo.daemon.get<StatsShape>(`/api/v1/stats?${span}${query}`);
    },
    open: async (path = '', options = {}) => {
      const watched = await visit(browser, demo.daemon.url, `${view}${path}`, options);
      await watched.page.locator('[data-figure=calls]').waitFor();
      return watched;
    },
    close: async () => {
      await browser.close();
      await demo.close();
    },
  };
}

/** To be called in a `describe`: one house for its tests, closed behind them; `its` gives it to them. */
export function sharedOverview() {
  let house: OverviewHouse;
  beforeAll(async () => {
    house = await openOverview();
  });
  afterAll(() => house.close());
  const { stats, open }: Pick<OverviewHouse, 'stats' | 'open'> = {
    stats: (...given) => house.stats(...given),
    open: (...given) => house.open(...given),
  };
  return { its: () => house, stats, open };
}
