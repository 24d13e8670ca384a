// Search as a person uses it: find, walk a long list both ways, open a call, write beside it, take all of it away as a file.
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../src/http/dialects/native/callshape.ts';
import { openBrowser } from '../browser/browser.ts';
import { openLine } from '../client/line.ts';
import { until } from '../support/until.ts';
import { linesOf, openDemo, run, visit, type Demo } from './demo.ts';
import { isFault } from './looks.ts';

/** More than the page keeps of a list at once. */
const total = 3000;
const begin = Date.now() - 20 * 3_600_000;

/** Of an answer of more than that: it is cut in the middle. */
const cutBytes = 40_000;

/** One every ten seconds; each third one is missed, each fifth of beta. */
function record(at: number) {
  const start = begin + at * 10_000;
  const iso = (ms: number) => new Date(ms).toISOString();
  const isMissed = at % 3 === 0;
  const times = isMissed
    ? { start: iso(start), end: iso(start + 9000), duration: 9, billsec: 0, disposition: 'NO ANSWER' }
    : {
        start: iso(start),
        answer: iso(start + 4000),
        end: iso(start + 64_000),
        duration: 64,
        billsec: 60,
        disposition: 'ANSWERED',
      };
  const company = at % 5 === 0 ? 'beta' : 'acme';
  const ids = {
    uniqueid: `${Math.floor(start / 1000)}.${at}`,
    linkedid: `${Math.floor(start / 1000)}.${at}`,
    sequence: 1_000_000 + at,
  };
  const channels = {
    channel: `PJSIP/${company}-101-${at.toString(16).padStart(8, '0')}`,
    dstchannel: `PJSIP/${company}-102-${(at + 65_536).toString(16).padStart(8, '0')}`,
  };
  return {
    system: 'demo',
    ...ids,
    ...times,
    ...channels,
    accountcode: company,
    src: '101',
    dst: '102',
    lastapp: 'Dial',
  };
}

describe('Search', () => {
  let demo: Demo;
  let browser: Browser;
  beforeAll(async () => {
    demo = await openDemo();
    for (let at = 0; at < total; at += 500) {
      await demo.daemon.post(
        '/api/v1/cdrs',
        Array.from({ length: 500 }, (_, more) => record(at + more)),
      );
    }
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await demo.close();
  });
  const search = (path = '?view=search') => visit(browser, demo.daemon.url, path);
  const list = async (query: string) => (await demo.daemon.get<{ calls: Call[] }>(`/api/v1/calls?${query}`)).calls;
  const found = (page: Page, count: string) =>
    page.getByRole('status').getByText(`${count} found`, { exact: true }).waitFor({ timeout: 20_000 });

  it('finds by conditions that the address keeps, and the back button takes back', async () => {
    const { page, faults, close } = await search();
    await page.getByText('200 loaded').waitFor();
    await page.getByRole('textbox', { name: 'Company' }).fill('beta');
    await page.keyboard.press('Enter');
    await until(async () => (await linesOf(page)).every(({ company }) => company === 'beta'), 'calls of beta only');
    await page.getByRole('search').getByLabel('Outcome').selectOption('missed');
    await page.getByRole('search').getByLabel('At most').fill('0:09');
    await page.keyboard.press('Enter');
    await found(page, '200');
    const wanted = await list('company=beta&outcome=missed&limit=1000');
    expect(wanted).toHaveLength(200);
    expect((await linesOf(page))[0]!.key).toBe(String(Math.max(...wanted.map(({ id }) => id))));
    const shared = page.url();
    await page.goBack();
    await page.goBack();
    await until(
      async () => (await linesOf(page)).some(({ status }) => status!.includes('Answered')),
      'answered calls again',
    );
    expect(new URL(page.url()).searchParams.get('company')).toBe('beta');
    await page.goto(shared);
    await found(page, '200');
    expect(await page.getByRole('textbox', { name: 'Company' }).inputValue()).toBe('beta');
    expect(faults.filter(isFault)).toEqual([]);
    await close();
  });

  it('walks all of a long list down and up again, each call once, with few of them in the document', async () => {
    const { page, close } = await search();
    await page.getByText('200 loaded').waitFor();
    const walked = await run<{ down: number[]; up: number[]; most: number; kept: string }>(
      page,
      `const box = document.querySelector('.windowed .body');
      const wait = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))));
      const seen = [], back = [];
      let most = 0;
      const look = (list) => {
        const rows = [...document.querySelectorAll('.run [role=row]')];
        most = Math.max(most, rows.length);
        for (const row of rows) list.push(Number(row.dataset.key));
      };
      const walk = async (list, step, isOver) => {
        for (let round = 0; round < 1500 && !isOver(); round += 1) { look(list); box.scrollTop += step; await wait(); }
        look(list);
      };
      await walk(seen, 700, () => document.body.textContent.includes('That is all.') && box.scrollTop + box.clientHeight >= box.scrollHeight - 60);
      const kept = document.querySelector('.actions [role=status]').textContent;
      await walk(back, -700, () => box.scrollTop === 0 && seen[0] === Number(document.querySelector('.run [role=row]')?.dataset.key));
      return { down: [...new Set(seen)], up: [...new Set(back)], most, kept };`,
    );
    const ids = (await list('order=-start&limit=1000')).map(({ id }) => id);
    expect(walked.down.slice(0, 1000)).toEqual(ids);
    expect(walked.down).toHaveLength(total);
    expect(new Set(walked.up).size).toBe(total);
    expect(walked.most).toBeLessThan(80);
    expect(walked.kept).toBe('2,400 found');
    await close();
  }, 150_000);

  it('opens a call: its legs to scale, its records, who saw them and why; what is written beside it stays', async () => {
    const { page, faults, close } = await search('?view=search&outcome=answered');
    await page.getByText('200 loaded').waitFor();
    await page.locator('.run [role=row]').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const panel = page.getByRole('complementary');
    await panel.getByText('Timeline').waitFor();
    const [ring, talk] = await run<[number, number]>(
      page,
      "return ['.track .ring', '.track .talk'].map((name) => document.querySelector(name).getBoundingClientRect().width)",
    );
    expect(ring / talk).toBeCloseTo(4 / 60, 1);
    await panel.getByText('Sources, and why it is classed so').click();
    await panel.getByText(/demo\/api at/).waitFor();
    await panel.getByText(/^company = (acme|beta)/).waitFor();
    await panel.getByText('Raw record').click();
    await panel.getByRole('rowheader', { name: 'uniqueid' }).waitFor();
    await panel.getByLabel('Note').fill('call back');
    await panel.getByLabel('Tags').fill('vip, lift');
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('Saved.').waitFor();
    await page.reload();
    await panel.getByText('Timeline').waitFor();
    expect(await panel.getByLabel('Note').inputValue()).toBe('call back');
    expect(await panel.locator('.tag').allTextContents()).toEqual(['lift', 'vip']);
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    expect(faults.filter(isFault)).toEqual([]);
    await close();
  });

  it('opens the call of a record, and shows the columns that were chosen, also after a reload', async () => {
    const { page, close } = await search('?view=search&kind=records&disposition=NO+ANSWER');
    await page.getByText('200 loaded').waitFor();
    await page.getByText('Columns').click();
    await page.getByRole('checkbox', { name: 'uniqueid' }).check();
    await page.getByRole('columnheader', { name: 'uniqueid' }).waitFor();
    await page.reload();
    await page.getByRole('columnheader', { name: 'uniqueid' }).waitFor();
    await page.locator('.run [role=row]').first().click();
    await page.getByRole('complementary').getByText('Timeline').waitFor();
    expect(new URL(page.url()).searchParams.get('record')).toMatch(/^\d+$/);
    await close();
  });

  it('exports the whole filter, and says how much it was', async () => {
    const line = await openLine(demo.daemon.url);
    const { page, close } = await visit(browser, line.url, '?view=search&company=acme');
    await page.getByText('200 loaded').waitFor();
    await page.getByText('Export', { exact: true }).first().click();
    const saved = page.waitForEvent('download', { timeout: 40_000 });
    await page.getByRole('button', { name: 'Export' }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe('calls.csv');
    const [header, ...rows] = readFileSync(await file.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    expect(header).toContain('id,system,company');
    expect(new Set(rows.map((row) => row.split(',')[0])).size).toBe((total * 4) / 5);
    await page.getByText(/calls\.csv: 2,400 rows, [\d.,]+ kB/).waitFor();
    await close();
    await line.close();
  });

  it('goes on with an export that was cut in the middle: every row once, and said so', async () => {
    const line = await openLine(demo.daemon.url);
    const { page, close } = await visit(browser, line.url, '?view=search&company=acme');
    await page.getByText('200 loaded').waitFor();
    await page.getByText('Export', { exact: true }).first().click();
    const saved = page.waitForEvent('download', { timeout: 40_000 });
    const before = line.count;
    line.cutAfter(cutBytes);
    await page.getByRole('button', { name: 'Export' }).click();
    const rows = readFileSync(await (await saved).path(), 'utf8')
      .trimEnd()
      .split('\r\n')
      .slice(1);
    expect(line.count).toBeGreaterThan(before);
    expect(rows).toHaveLength((total * 4) / 5);
    expect(new Set(rows.map((row) => row.split(',')[0])).size).toBe(rows.length);
    await page.getByText(/calls\.csv: 2,400 rows/).waitFor();
    await close();
    await line.close();
  });

  it('calls no half an export whole: when it cannot go on it says how far it came, and nothing is saved', async () => {
    const line = await openLine(demo.daemon.url);
    const { page, close } = await visit(browser, line.url, '?view=search&company=acme');
    await page.getByText('200 loaded').waitFor();
    await page.getByText('Export', { exact: true }).first().click();
    let downloads = 0;
    page.on('download', () => (downloads += 1));
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
