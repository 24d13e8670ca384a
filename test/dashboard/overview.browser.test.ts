// Overview as a person sees it: its numbers are those of the statistics, each leads to its calls, and it goes on by what the feed tells.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningShape, StatsShape } from '../../src/http/dialects/native/statsshape.ts';
import { openBrowser } from '../browser/browser.ts';
import { until } from '../support/until.ts';
import { complaints } from './axe.ts';
import { linesOf, openDemo, run, visit, type Demo } from './demo.ts';

const hour = 3_600_000;
/** A zone in which it is noon: so today has hours behind it and before it whenever the test runs. */
const ahead = 12 - new Date().getUTCHours();
const zone = ahead === 0 ? 'UTC' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
const noon = Math.floor(Date.now() / hour) * hour;
const midnight = noon - 12 * hour;
const view = `?view=overview&zone=${encodeURIComponent(zone)}`;

let count = 0;
function record(start: number, more: object = {}) {
  count += 1;
  const uniqueid = `${Math.floor(start / 1000)}.${count}`;
  const times = { start: new Date(start).toISOString(), duration: 40, billsec: 30, disposition: 'ANSWERED' };
  const parties = { accountcode: 'acme', src: '101', dst: '102', lastapp: 'Dial', dcontext: 'internal' };
  const channels = { channel: `PJSIP/101-${count}`, dstchannel: `PJSIP/102-${count}` };
  return { uniqueid, ...times, ...parties, ...channels, ...more };
}
const unanswered = { disposition: 'NO ANSWER', billsec: 0 };

/** The table below a plot: its head, and each line by its first cell. */
async function numbersOf(page: Page, plot: string) {
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
const figure = (page: Page, name: string) => page.locator(`[data-figure=${name}] .value`).innerText();
const two = (number: number) => String(number).padStart(2, '0');

describe('the view Overview', () => {
  let demo: Demo;
  let browser: Browser;
  const stats = (query: string, from = midnight, to = midnight + 24 * hour) => {
    const span = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}&zone=${encodeURIComponent(zone)}`;
    return demo.daemon.get<StatsShape>(`/api/v1/stats?${span}${query}`);
  };
  const open = async (path = '', options = {}) => {
    const watched = await visit(browser, demo.daemon.url, `${view}${path}`, options);
    await watched.page.locator('[data-figure=calls]').waitFor();
    return watched;
  };

  beforeAll(async () => {
    demo = await openDemo();
    browser = await openBrowser();
    const today = Array.from({ length: 11 }, (_, at) => midnight + at * hour + 60_000).flatMap((start, at) => [
      ...Array.from({ length: at + 1 }, () => record(start)),
      record(start, { ...unanswered, accountcode: 'globex' }),
      ...(at % 2 ? [record(start, { ...unanswered, disposition: 'BUSY', src: '103' })] : []),
    ]);
    const before = [1, 2, 2, 23].map((at) => record(midnight - 168 * hour + at * hour));
    await demo.daemon.post('/api/v1/cdrs', [...today, ...before]);
  });
  afterAll(async () => {
    await browser.close();
    await demo.close();
  });

  it('shows the numbers that the statistics give, in every plot, table and figure', async () => {
    const { page, faults, close } = await open();
    const answer = await stats('&by=day,hour,outcome');
    const { titles, rows } = await numbersOf(page, 'calls');
    const words = { Answered: 'answered', Missed: 'missed', Busy: 'busy' } as const;
    expect(titles).toEqual([...Object.keys(words), new Date(midnight - 156 * hour).toISOString().slice(0, 10)]);
    for (let at = 0; at < 24; at += 1) {
      const told = Object.values(words).map((outcome) =>
        String(answer.rows.find((row) => row.hour === at && row.outcome === outcome)?.calls ?? 0),
      );
      const earlier = at === 2 ? '2' : at === 1 || at === 23 ? '1' : '0';
      expect([at, rows.get(`${two(at)}:00`)]).toEqual([at, [...told, earlier]]);
    }

    const byHour = (await stats('&by=hour')).rows;
    const share = (await numbersOf(page, 'share')).rows;
    const length = (await numbersOf(page, 'length')).rows;
    for (const { hour: at, asr, acd } of byHour) {
      expect(share.get(`${two(at!)}:00`)).toEqual([`${(asr! * 100).toFixed(0)} %`]);
      expect(length.get(`${two(at!)}:00`)).toEqual([`0:${Math.round(acd!)}`]);
    }

    const span = `from=${new Date(midnight).toISOString()}&to=${new Date(midnight + 24 * hour).toISOString()}`;
    const { points } = await demo.daemon.get<RunningShape>(`/api/v1/stats/concurrency?${span}&step=quarter`);
    const running = [...(await numbersOf(page, 'running')).rows.values()].map(([peak]) => peak);
    const past = points.filter(({ at }) => Date.parse(at) <= Date.now());
    expect(running).toHaveLength(96);
    expect(running.slice(0, past.length - 1)).toEqual(past.slice(0, -1).map(({ peak }) => String(peak)));
    expect(Math.max(...past.map(({ peak }) => peak))).toBe(Number(await figure(page, 'peak')));

    const heat = await stats('&by=weekday,hour');
    for (const { weekday, hour: at, calls } of heat.rows)
      expect(await page.locator(`[data-cell="${weekday} ${at}"]`).innerText()).toBe(String(calls));
    for (const side of ['company', 'extension'] as const) {
      const top = (await stats(`&by=${side}`)).rows.map((row) => [row[side] ?? 'none', String(row.calls)]);
      const shown = await run<string[][]>(
        page,
        `return [...document.querySelectorAll('[data-plot=${side}] tbody tr')].map(({ cells }) => [cells[0].textContent, cells[2].textContent])`,
      );
      expect(shown.sort()).toEqual(top.sort());
    }
    const { total } = answer;
    expect(await figure(page, 'calls')).toBe(String(total.calls));
    expect(await figure(page, 'asr')).toBe(`${(total.asr! * 100).toFixed(1)} %`);
    expect(await figure(page, 'acd')).toBe(`0:${Math.round(total.acd!)}`);
    const was = page.locator('[data-figure=calls] dd').last();
    expect(await was.innerText()).toBe('before: 3');
    expect(faults.filter((fault) => !fault.includes('401'))).toEqual([]);
    await close();
  });

  it('a click on a bar is the search for its calls, with the outcome that was clicked', async () => {
    const { page, close } = await open();
    const over = page.locator('[data-plot=calls] .u-over');
    const box = (await over.boundingBox())!;
    // The tenth of 24 bars; its foot is what was answered.
    const x = (box.width / 24) * 9.5;
    await over.hover({ position: { x, y: box.height - 4 } });
    const legend = page.locator('[data-plot=calls] .legend');
    expect(await legend.locator('.step').innerText()).toBe('09:00');
    expect(await legend.locator('[data-series=answered] b').innerText()).toBe('10');
    await over.click({ position: { x, y: box.height - 4 } });
    await until(async () => (await linesOf(page)).length === 10, 'ten calls');
    const given = Object.fromEntries(new URL(page.url()).searchParams);
    expect(given).toMatchObject({ view: 'search', range: 'custom', outcome: 'answered', zone });
    expect(given['from']).toBe(new Date(midnight + 9 * hour).toISOString());
    expect(given['to']).toBe(new Date(midnight + 10 * hour).toISOString());
    await page.goBack();
    await page.locator('[data-plot=calls]').waitFor();
    await page.locator('[data-plot=company]').getByRole('link', { name: 'globex' }).click();
    await until(async () => (await linesOf(page)).length === 11, 'the calls of globex');
    await close();
  });

  it('is walked by keys: a plot step by step, and the hours of the week', async () => {
    const { page, close } = await open();
    await page.locator('[data-plot=calls] .canvas').focus();
    for (const key of ['End', 'Home', 'ArrowRight', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    const step = page.locator('[data-plot=calls] .step');
    expect(await step.innerText()).toBe('03:00');
    await page.keyboard.press('Enter');
    await until(async () => (await linesOf(page)).length === 6, 'all calls of that hour');
    await page.goBack();
    const cell = page.locator('.heat [tabindex="0"]');
    const weekday = new Date(midnight + ahead * hour).getUTCDay() || 7;
    await page.locator(`[data-cell="${weekday} 4"]`).focus();
    await page.keyboard.press('ArrowRight');
    expect(await cell.getAttribute('data-cell')).toBe(`${weekday} 5`);
    await page.keyboard.press('Enter');
    await until(async () => (await linesOf(page)).length === 8, 'the calls of that hour');
    await close();
  });

  it('counts a call the moment it comes, and asks nobody for it', async () => {
    const { page, close } = await open();
    const asked: string[] = [];
    const opened = Date.now();
    await until(() => Date.now() > opened + 3000, 'the seam to be over');
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const calls = Number(await figure(page, 'calls'));
    const { rows } = await numbersOf(page, 'calls');
    await demo.daemon.post('/api/v1/cdrs', [record(noon - 3 * hour), record(noon - 3 * hour, unanswered)]);
    await until(async () => Number(await figure(page, 'calls')) === calls + 2, 'two calls more', 3000);
    const after = (await numbersOf(page, 'calls')).rows;
    expect(after.get('09:00')!.slice(0, 2)).toEqual(
      rows
        .get('09:00')!
        .slice(0, 2)
        .map((told) => String(Number(told) + 1)),
    );
    expect(asked.filter((path) => path.startsWith('/api/v1/stats'))).toEqual([]);
    const { total } = await stats('');
    expect(total.calls).toBe(calls + 2);
    expect(await figure(page, 'asr')).toBe(`${(total.asr! * 100).toFixed(1)} %`);
    await close();
  });

  it('asks again where a change cannot be added: a call that was counted before goes away', async () => {
    const { page, close } = await open();
    const calls = Number(await figure(page, 'calls'));
    const headers = { authorization: 'Bearer an-admin-token-for-tests' };
    await fetch(`${demo.daemon.url}/api/v1/cdrs/1`, { method: 'DELETE', headers });
    await until(async () => Number(await figure(page, 'calls')) === calls - 1, 'one call less', 20_000);
    expect((await stats('')).total.calls).toBe(calls - 1);
    await close();
  });

  it('speaks of one company where it is asked to, and says what to do where there is nothing', async () => {
    const { page, close } = await open('&company=globex&by=direction');
    const globex = (await stats('&company=globex')).total.calls;
    expect(await figure(page, 'calls')).toBe(String(globex));
    await page.getByLabel('Company').fill('nobody');
    await page.keyboard.press('Enter');
    await page.getByText('No calls of “nobody” in this time.').waitFor();
    await page.getByRole('button', { name: 'All companies' }).click();
    await until(async () => Number(await figure(page, 'calls')) > globex, 'all calls');
    await page.locator('select[name=range]').selectOption('30d');
    await page.getByRole('heading', { name: 'Calls per day' }).waitFor();
    await until(async () => (await numbersOf(page, 'calls')).rows.size === 30, 'thirty days');
    await close();
  });

  it.each([
    [380, 'light'],
    [380, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)('has nothing that axe complains of at %i pixels in %s', async (width, colorScheme) => {
    const { page, faults, close } = await open('', { viewport: { width, height: 800 }, colorScheme });
    await numbersOf(page, 'calls');
    expect(await complaints(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(await run(page, "return document.querySelector('.sheets > .body').scrollWidth <= innerWidth")).toBe(true);
    expect(faults.filter((fault) => !fault.includes('401'))).toEqual([]);
    await close();
  });
});
