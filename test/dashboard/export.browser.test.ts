// All that a search finds, taken away as a file: whole, or not at all, and it is said which.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callColumns } from '../../src/http/dialects/native/callshape.ts';
import { openLine } from '../client/line.ts';
import { until } from '../support/until.ts';
import { visit } from './demo.ts';
import { openSearchHouse, total, type SearchHouse } from './searchhouse.ts';

/** Of an answer of more than that: it is cut in the middle. */
const cutBytes = 40_000;

/** Resolves when nothing was loaded for a while. */
async function rested(page: Page): Promise<void> {
  const loaded = () => page.evaluate<number>('performance.getEntriesByType("resource").length');
  let before = -1;
  await until(async () => {
    const now = await loaded();
    const isSame = now === before;
    before = now;
    if (!isSame) await delay(700);
    return isSame;
  }, 'the page to rest');
}

describe('an export of the page', () => {
  let house: SearchHouse;
  beforeAll(async () => {
    house = await openSearchHouse();
  });
  afterAll(() => house.close());

  it('exports the whole filter, and says how much it was', async () => {
    const line = await openLine(house.demo.daemon.url);
    const { page, close } = await visit(house.browser, line.url, '?view=search&company=acme');
    await page.getByText('200 loaded').waitFor();
    await page.getByText('Export', { exact: true }).first().click();
    const saved = page.waitForEvent('download', { timeout: 40_000 });
    await page.getByRole('button', { name: 'Export' }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe('calls.csv');
    const [header = '', ...rows] = readFileSync(await file.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    expect(header).toBe(callColumns.join(','));
    expect(new Set(rows.map((row) => row.split(',')[0])).size).toBe((total * 4) / 5);
    await page.getByText(/calls\.csv: 2,400 rows, [\d.,]+ kB/).waitFor();
    await close();
    await line.close();
  });

  it('goes on with an export that was cut in the middle: every row once, and said so', async () => {
    const line = await openLine(house.demo.daemon.url);
    const { page, close } = await visit(house.browser, line.url, '?view=search&company=acme');
    await page.getByText('200 loaded').waitFor();
    await page.getByText('Export', { exact: true }).first().click();
    const saved = page.waitForEvent('download', { timeout: 40_000 });
    // The files of the other views come behind the first one, over the same line.
    await page.locator('html[data-views="4"]').waitFor();
    await rested(page);
    line.cutAfter(cutBytes);
    await page.getByRole('button', { name: 'Export' }).click();
    const rows = readFileSync(await (await saved).path(), 'utf8')
      .trimEnd()
      .split('\r\n')
      .slice(1);
    expect(line.cuts).toBe(1);
    expect(rows).toHaveLength((total * 4) / 5);
    expect(new Set(rows.map((row) => row.split(',')[0])).size).toBe(rows.length);
    await page.getByText(/calls\.csv: 2,400 rows/).waitFor();
    await close();
    await line.close();
  });

  it('calls no half an export whole: when it cannot go on it says how far it came, and nothing is saved', async () => {
    const line = await openLine(house.demo.daemon.url);
    const { page, close } = await visit(house.browser, line.url, '?view=search&company=acme');
    await page.getByText('200 loaded').waitFor();
    await page.getByText('Export', { exact: true }).first().click();
    let downloads = 0;
    page.on('download', () => (downloads += 1));
    // The files of the other views come behind the first one, over the same line.
    await rested(page);
    line.cutAfter(cutBytes);
    line.refuse(true);
    await page.getByRole('button', { name: 'Export' }).click();
    const told = page.locator('.export-state .fault');
    await told.waitFor({ timeout: 40_000 });
    const rows = Number(/after ([\d,]+) rows?/.exec(await told.innerText())![1]!.replace(',', ''));
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan((total * 4) / 5);
    expect(await told.innerText()).toContain('Nothing was saved');
    expect(downloads).toBe(0);
    line.refuse(false);
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByText(/calls\.csv: 2,400 rows/).waitFor({ timeout: 40_000 });
    await close();
    await line.close();
  });
});
