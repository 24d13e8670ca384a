// Overview of more extensions than one answer of the statistics may tell: that part says so, and all else is there.
import { expect, it } from 'vitest';
import { openStage, visit } from './demo.ts';
import { expectFit, isFault, lookOf, looks } from './looks.ts';
import { figure, record } from './overviewhouse.ts';

/** Each of two extensions that nobody else has: 10,002 of them. */
const calls = 5001;

const stage = openStage(async ({ daemon }) => {
  const now = Date.now();
  const callAt = (at: number) => record(now - 60_000 - at, { src: String(10_000 + at), dst: String(20_000 + at) });
  for (let at = 0; at < calls; at += 500) {
    const count = Math.min(500, calls - at);
    await daemon.post(
      '/api/v1/cdrs',
      Array.from({ length: count }, (_, more) => callAt(at + more)),
    );
  }
});

it.each(looks)(
  'says of extensions that there are too many, and shows the rest, at %i pixels in %s',
  async (width, theme) => {
    const { page, faults, close } = await visit(
      stage.browser,
      stage.demo.daemon.url,
      '?view=overview&range=7d',
      lookOf(width, theme),
    );
    await page.locator('[data-figure=calls]').waitFor();
    expect(await figure(page, 'calls')).toBe(calls.toLocaleString('en'));
    const extensions = page.locator('[data-plot=extension]');
    expect(await extensions.innerText()).toContain('too many to count at once: choose a shorter time, or one company');
    expect(await extensions.locator('table').count()).toBe(0);
    expect(await page.locator('[data-plot=company]').innerText()).toContain('acme');
    expect(await page.locator('[data-plot=mix]').innerText()).toContain('acme');
    await extensions.scrollIntoViewIfNeeded();
    await expectFit(page, width);
    expect(faults.filter((fault) => isFault(fault) && !/400/.test(fault))).toEqual([]);
    await close();
  },
);
