// A click on the calls at once finds those that went on then, whenever they began.
import { expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { linesOf, openStage, visit } from './demo.ts';
import { expectFit, lookOf, looks } from './looks.ts';
import { hour, midnight, numbersOf, record, zone } from './overviewhouse.ts';

const stage = openStage(({ daemon }) =>
  daemon.post('/api/v1/cdrs', [
    record(midnight + hour, { duration: 4 * 3600, billsec: 4 * 3600, src: '110' }),
    record(midnight + 3 * hour + 300_000, { duration: 90, src: '111' }),
    record(midnight + 2 * hour, { src: '112' }),
    record(midnight + 5 * hour, { src: '113' }),
  ]),
);
const path = `?view=overview&zone=${encodeURIComponent(zone)}`;

it.each(looks)('at %i pixels in %s', async (width, theme) => {
  const { page, close } = await visit(stage.browser, stage.demo.daemon.url, path, lookOf(width, theme));
  await page.locator('[data-plot=running]').scrollIntoViewIfNeeded();
  expect((await numbersOf(page, 'running')).rows.get('03:00')).toEqual(['2']);
  expect(await page.locator('[data-plot=running]').innerText()).toContain('A call counts here once it is over');
  await expectFit(page, width);
  await page.locator('[data-plot=running] .numbers').getByRole('link', { name: '03:00' }).click();
  await until(async () => (await linesOf(page)).length === 2, 'two calls');
  expect((await linesOf(page)).map(({ caller }) => caller)).toEqual(['111', '110']);
  if (width < 720) await page.locator('.fold > summary').click();
  await expectFit(page, width);
  await page.getByLabel('Not ended before').fill('');
  await until(async () => (await linesOf(page)).length === 3, 'all that began since a day before');
  await close();
});

it('says of a time in the address that it is none', async () => {
  const { page, close } = await visit(stage.browser, stage.demo.daemon.url, '?view=search&end_from=noon');
  await page.getByText('left out: Not ended before “noon” (like 2026-11-22').waitFor();
  await close();
});
