// Overview while calls come: it goes on by what the feed tells, asks nobody meanwhile, and has the numbers of the statistics all the same.
import { describe, expect, it } from 'vitest';
import type { RunningShape } from '../../src/http/dialects/native/statsshape.ts';
import { openPage } from '../browser/browser.ts';
import { channelEvent } from '../../src/simulator/channelevent.ts';
import { storyOf } from '../../src/simulator/story.ts';
import { adminToken } from '../support/daemon.ts';
import { until } from '../support/until.ts';
import { isFault } from './looks.ts';
import { figure, hour, midnight, noon, numbersOf, sharedOverview, record, unanswered, zone } from './overviewhouse.ts';
import { talk } from './talk.ts';

/** Of steady traffic: longer than whatever would ask again. */
const trafficSeconds = 20;

describe('the view Overview', () => {
  const { its, stats, open } = sharedOverview();

  it('is there for readers of whom no counts are kept, though each look of theirs takes room of which there is little', async () => {
    const { daemon } = its().demo;
    const both = { name: 'both', scope: 'read', companies: ['acme', 'globex'] };
    const { secret } = await daemon.post<{ secret: string }>('/api/v1/tokens', both);
    const { page, faults, close } = await openPage(its().browser, { locale: 'en-GB', timezoneId: 'UTC' });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${daemon.url}/?view=overview&zone=${encodeURIComponent(zone)}#token=${secret}`);
    await page.locator('[data-figure=calls]').waitFor({ timeout: 20_000 });
    const { total, source } = await stats('&min_duration=0');
    expect(source).toBe('scan');
    expect(await figure(page, 'calls')).toBe(String(total.calls));
    expect(asked.filter((path) => path.startsWith('/api/v1/stats')).length).toBeGreaterThan(6);
    expect(faults.filter(isFault)).toEqual([]);
    await close();
  });

  it('counts a call the moment it comes, and asks nobody for it', async () => {
    const { page, close } = await open();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const calls = Number(await figure(page, 'calls'));
    const { rows } = await numbersOf(page, 'calls');
    await its().demo.daemon.post('/api/v1/cdrs', [record(noon - 3 * hour), record(noon - 3 * hour, unanswered)]);
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

  it('lets the time it is compared with grow by the clock and by the feed, and asks nobody for either', async () => {
    const { page, close } = await openPage(its().browser, { locale: 'en-GB', timezoneId: 'UTC' });
    await page.clock.install();
    await page.goto(`${its().demo.daemon.url}/?view=overview&zone=${encodeURIComponent(zone)}#token=${adminToken}`);
    await page.locator('[data-figure=calls]').waitFor({ timeout: 20_000 });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const counts = () => asked.filter((path) => path.startsWith('/api/v1/stats'));
    const before = async () =>
      Number(/[\d,]+/.exec(await page.locator('[data-figure=calls] .quiet').innerText())![0].replace(',', ''));
    expect(await before()).toBe(3);
    const weekAgo = Date.now() - 168 * hour;
    // One of what counts already, one of the quarter that is not over.
    await its().demo.daemon.post('/api/v1/cdrs', [record(weekAgo - hour), record(weekAgo)]);
    await until(async () => (await before()) === 4, 'one call more', 3000);
    await page.clock.fastForward('15:00');
    await until(async () => (await before()) === 5, 'the quarter that is over', 3000);
    await page.clock.fastForward('03:00:00');
    expect(counts()).toEqual([]);
    // Today is another day.
    await page.clock.fastForward('12:00:00');
    await page.getByText('No calls in this time.').waitFor();
    const round = counts().length;
    expect(round).toBeLessThan(10);
    await page.clock.fastForward('06:00:00');
    expect(counts()).toHaveLength(round);
    await close();
  });

  it('counts of the calls that go on those of the company that is chosen', async () => {
    const { pbx } = its().demo;
    const { page, close } = await open();
    const live = (count: number) => until(async () => (await figure(page, 'live')) === String(count), `${count} live`);
    const choose = async (company: string) => {
      await page.getByRole('textbox', { name: 'Company' }).fill(company);
      await page.keyboard.press('Enter');
    };
    const begun = (from: string) => {
      const records = talk(from, '102');
      for (const told of storyOf(records)) if (told.at < records[0]!.end) pbx.ami.broadcast(channelEvent(told), 'call');
    };
    for (const from of ['101', '103']) begun(from);
    await page.locator('[data-figure=live]').waitFor();
    await live(2);
    await choose('ACME');
    await live(2);
    begun('104');
    await live(3);
    for (const company of ['globex', 'nosuch']) {
      await choose(company);
      await live(0);
    }
    await close();
  });

  it('takes out a call that was counted before and goes away', async () => {
    const { page, close } = await open();
    const calls = Number(await figure(page, 'calls'));
    const headers = { authorization: `Bearer ${adminToken}` };
    await fetch(`${its().demo.daemon.url}/api/v1/cdrs/1`, { method: 'DELETE', headers });
    await until(async () => Number(await figure(page, 'calls')) === calls - 1, 'one call less', 20_000);
    expect((await stats('')).total.calls).toBe(calls - 1);
    await close();
  });

  it('asks for nothing under steady traffic, though calls of before grow on, and has the numbers of the statistics after it', async () => {
    const { page, close } = await open();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const added = () => page.locator('.view').getAttribute('data-added');
    await its().demo.pbx.traffic({ rate: 8, seconds: trafficSeconds, seed: 9 });
    expect(Number(await added())).toBeGreaterThan(trafficSeconds * 4);
    expect(asked.filter((path) => path.startsWith('/api/v1/stats'))).toEqual([]);
    const shown = async () => [await figure(page, 'calls'), await figure(page, 'asr'), await figure(page, 'peak')];
    const wanted = async () => {
      const { total } = await stats('');
      const span = `from=${new Date(midnight).toISOString()}&to=${new Date(midnight + 24 * hour).toISOString()}`;
      const { points } = await its().demo.daemon.get<RunningShape>(`/api/v1/stats/concurrency?${span}&step=quarter`);
      const peak = Math.max(...points.map((point) => point.peak));
      return [total.calls.toLocaleString('en'), `${(total.asr! * 100).toFixed(1)} %`, String(peak)];
    };
    await until(async () => (await shown()).join() === (await wanted()).join(), 'the numbers of the statistics', 7000);
    await close();
  }, 90_000);
});
