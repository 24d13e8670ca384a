// Overview as a person sees it: its numbers are those of the statistics, and each leads to its calls.
import { describe, expect, it } from 'vitest';
import type { RunningShape } from '../../src/http/dialects/native/statsshape.ts';
import { until } from '../support/until.ts';
import { linesOf, run } from './demo.ts';
import { expectFit, isFault, lookOf, looks } from './looks.ts';
import { ahead, figure, hour, midnight, numbersOf, sharedOverview, zone } from './overviewhouse.ts';

const two = (number: number) => String(number).padStart(2, '0');

describe('the view Overview', () => {
  const { its, stats, open } = sharedOverview();

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
    const { points } = await its().demo.daemon.get<RunningShape>(`/api/v1/stats/concurrency?${span}&step=quarter`);
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
    // What each of them is of is said: they end at different times.
    const said = /Counted up to now, (\d\d:\d\d)\. “before” is (\S+ 00:00) to \S+ (\d\d:\d\d), full quarters/.exec(
      await page.locator('.figures > p').innerText(),
    )!;
    const [now, to] = [said[1]!, said[3]!].map((clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3)));
    expect([to! % 15, now! - to! < 15, now! >= to!]).toEqual([0, true, true]);
    await page.locator('select[name=range]').selectOption('yesterday');
    await page.getByText('“before” is').waitFor();
    expect(await page.locator('.figures > p').innerText()).toMatch(/^“before” is \S+ 00:00 to \S+ 00:00$/);
    expect(faults.filter(isFault)).toEqual([]);
    await close();
  });

  it('leads from an hour of several weeks to all of them, which can be taken away again', async () => {
    const { page, close } = await open('&range=30d');
    const weekday = new Date(midnight + ahead * hour).getUTCDay() || 7;
    const cell = page.locator(`[data-cell="${weekday} 2"]`);
    const count = Number(await cell.innerText());
    expect(count).toBe((await stats('&by=hour')).rows.find((row) => row.hour === 2)!.calls + 2);
    await cell.click();
    await until(async () => (await linesOf(page)).length === count, 'the calls of that hour of both weeks');
    const days = new Set((await linesOf(page)).map(({ time }) => time!.slice(0, 13)));
    expect(days.size).toBe(2);
    await page.getByLabel('Hour of the week').selectOption('');
    await until(async () => (await linesOf(page)).length > count, 'all calls of the time');
    await page.goBack();
    await until(async () => (await linesOf(page)).length === count, 'the same hour again');
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

  it('leads from every plot to its calls: the day before, companies by outcome, extensions, the curve', async () => {
    const { page, close } = await open();
    const foundAfter = async (click: () => Promise<void>, count: number, more: object) => {
      await click();
      await until(async () => (await linesOf(page)).length === count, `${count} calls`);
      expect(Object.fromEntries(new URL(page.url()).searchParams)).toMatchObject({ view: 'search', zone, ...more });
      await page.goBack();
      await page.locator('[data-figure=calls]').waitFor();
    };
    const link = async (plot: string, row: string, column: number) => {
      await numbersOf(page, plot);
      const line = page
        .locator(`[data-plot=${plot}] tbody tr`)
        .filter({ has: page.getByRole('rowheader', { name: row }) });
      await line.locator('th, td').nth(column).getByRole('link').click();
    };
    const { titles } = await numbersOf(page, 'calls');
    const before = {
      from: new Date(midnight - 166 * hour).toISOString(),
      to: new Date(midnight - 165 * hour).toISOString(),
    };
    await foundAfter(() => link('calls', '02:00', titles.length), 2, before);
    const share = (await stats('&by=hour,outcome')).rows.find((row) => row.hour === 3 && row.outcome === 'answered')!;
    await foundAfter(() => link('share', '03:00', 1), share.calls, { outcome: 'answered' });
    await foundAfter(() => link('length', '03:00', 1), share.calls, { outcome: 'answered' });
    await foundAfter(
      () => link('running', '03:00', 0),
      (await stats('&by=hour')).rows.find((row) => row.hour === 3)!.calls,
      {
        from: new Date(midnight - 21 * hour).toISOString(),
        to: new Date(midnight + 3.25 * hour).toISOString(),
        end_from: new Date(midnight + 3 * hour).toISOString(),
      },
    );
    const mixed = (await stats('&by=company,outcome')).rows;
    const globex = mixed.find((row) => row.company === 'globex' && row.outcome === 'missed')!;
    expect(
      await page.locator('[data-plot=mix] tbody tr').filter({ hasText: 'globex' }).locator('td').allInnerTexts(),
    ).toContain(String(globex.calls));
    const missed = page.locator('[data-plot=mix] tbody tr').filter({ hasText: 'globex' }).getByRole('link');
    await foundAfter(() => missed.first().click(), globex.calls, { company: 'globex', outcome: 'missed' });
    const busy = (await stats('&by=extension')).rows.find(({ extension }) => extension === '103')!;
    const link103 = page.locator('[data-plot=extension]').getByRole('link', { name: '103', exact: true });
    await foundAfter(() => link103.click(), busy.calls, { extension: '103' });
    await close();
  });

  it.each(['share', 'length', 'running'])('a click into the plot %s is the search for that time', async (plot) => {
    const { page, close } = await open();
    const over = page.locator(`[data-plot=${plot}] .u-over`);
    await over.scrollIntoViewIfNeeded();
    const box = (await over.boundingBox())!;
    await over.click({ position: { x: (box.width / 24) * 5.5, y: box.height / 2 } });
    await page.getByLabel('Look for').waitFor();
    const given = Object.fromEntries(new URL(page.url()).searchParams);
    // Whichever quarter of the hour it was in.
    const from = Date.parse(given['end_from'] ?? given['from']!);
    expect(from).toBeGreaterThanOrEqual(midnight + 5 * hour);
    expect(new Date(given['to']!).getTime()).toBeLessThanOrEqual(midnight + 6 * hour);
    const wanted = (await stats('', from, Date.parse(given['to']!))).rows[0]?.calls ?? 0;
    if (plot === 'running') await until(async () => (await linesOf(page)).length === wanted, `${wanted} calls`);
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

  it('shows a time that was picked, on the clock of the zone, and says what is wrong with one that is none', async () => {
    const { page, close } = await open();
    await page.locator('select[name=range]').selectOption('custom');
    const pick = async (name: string, at: number) => {
      const local = new Date(at + ahead * hour).toISOString().slice(0, 16);
      await page.locator(`input[name=${name}]`).fill(local);
      await page.locator(`input[name=${name}]`).blur();
    };
    await pick('from', midnight + 2 * hour);
    await pick('to', midnight + 5 * hour);
    const wanted = (await stats('', midnight + 2 * hour, midnight + 5 * hour)).total.calls;
    await until(
      async () => (await figure(page, 'calls').catch(() => '')) === String(wanted),
      'the calls of three hours',
    );
    expect([...(await numbersOf(page, 'calls')).rows.keys()]).toEqual(['02:00', '03:00', '04:00']);
    const was = page.locator('[data-figure=calls] dd').last();
    expect(await was.innerText()).toBe('before: 2');
    const shared = page.url();
    await pick('from', midnight + 6 * hour);
    await page.getByText('“From” is not before “to”').waitFor();
    await page.goto(shared);
    await until(
      async () => (await figure(page, 'calls').catch(() => '')) === String(wanted),
      'the same from its address',
    );
    await close();
  });

  it('speaks of one company where it is asked to, and says what to do where there is nothing', async () => {
    const { page, close } = await open('&company=globex&by=direction');
    const globex = (await stats('&company=globex')).total.calls;
    expect(await figure(page, 'calls')).toBe(String(globex));
    await page.getByRole('textbox', { name: 'Company' }).fill('nobody');
    await page.keyboard.press('Enter');
    await page.getByText('No calls of “nobody” in this time.').waitFor();
    await page.getByRole('button', { name: 'All companies' }).click();
    await until(async () => Number(await figure(page, 'calls')) > globex, 'all calls');
    await page.locator('select[name=range]').selectOption('30d');
    await page.getByRole('heading', { name: 'Calls per day' }).waitFor();
    await until(async () => (await numbersOf(page, 'calls')).rows.size === 30, 'thirty days');
    await close();
  });

  it.each(looks)('has nothing that axe complains of at %i pixels in %s', async (width, theme) => {
    const { page, faults, close } = await open('', lookOf(width, theme));
    await numbersOf(page, 'calls');
    await expectFit(page, width);
    expect(await run(page, "return document.querySelector('.sheets > .body').scrollWidth <= innerWidth")).toBe(true);
    expect(faults.filter(isFault)).toEqual([]);
    await close();
  });
});
