// Health as a person sees it: a line to Asterisk that breaks, days that lack records, rows that are tried again, what the doctor finds.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DayPage } from '../../src/http/dialects/native/dayshape.ts';
import type { DoctorReport } from '../../src/http/dialects/native/doctor.ts';
import { findings as german } from '../../src/dashboard/texts/findings.ts';
import type { Report } from '../../src/dashboard/live/watch.ts';
import { openBrowser } from '../browser/browser.ts';
import { startDaemon, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';
import { linesOf, openDemo, run, visit, type Demo } from './demo.ts';
import { expectFit, isFault, lookOf, looks } from './looks.ts';
import { talk } from './talk.ts';

describe('the view Health', () => {
  let demo: Demo;
  let browser: Browser;
  beforeAll(async () => {
    demo = await openDemo({ refused_wait_seconds: 1 });
    browser = await openBrowser();
    for (let at = 0; at < 3; at += 1) await demo.pbx.play(talk('101', '102'));
    await until(async () => {
      const { sources } = await demo.daemon.get<Report>('/readyz');
      return sources.filter(({ received }) => received === 3).length === 2;
    }, 'both sources to have shown all');
  });
  afterAll(async () => {
    await browser.close();
    await demo.close();
  });
  const open = (options = {}) => visit(browser, demo.daemon.url, '?view=health', options);
  const stateOf = (page: Page, source: string) => page.locator(`[data-source="${source}"] .state`).innerText();

  it('shows each source with its state and its counts, and what becomes of it when Asterisk refuses cdrd', async () => {
    const { page, faults, close } = await open();
    const line = page.locator('[data-source="demo/ami"]');
    await line.waitFor();
    expect(await stateOf(page, 'demo/ami')).toContain('Up');
    expect(await line.locator('td').nth(1).innerText()).toMatch(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/);
    const [received, stored, known] = (await line.locator('td').allInnerTexts()).slice(3, 6).map(Number);
    expect([received, stored! + known!]).toEqual([3, 3]);
    demo.pbx.ami.refuseLogins(true);
    demo.pbx.ami.dropClients();
    await until(async () => !(await stateOf(page, 'demo/ami')).includes('Up'), 'AMI to be away', 20_000);
    await until(
      async () => /Authentication failed|refused|login/i.test(await stateOf(page, 'demo/ami')),
      'why',
      30_000,
    );
    await page.getByText('No line to Asterisk: demo/ami').waitFor();
    expect(await stateOf(page, 'demo/table')).toContain('Up');
    // The doctor looks again by itself, both ways, and says when it looked.
    const fault = page.locator('[data-finding] .bad');
    await fault.first().waitFor({ timeout: 30_000 });
    const looked = () =>
      page
        .locator('[data-sheet=doctor]')
        .getByText(/^Looked at \d\d:\d\d:\d\d\.$/)
        .innerText();
    const first = await looked();
    demo.pbx.ami.refuseLogins(false);
    await until(async () => (await stateOf(page, 'demo/ami')).includes('Up'), 'AMI to be back', 40_000);
    await fault.first().waitFor({ state: 'detached', timeout: 30_000 });
    await until(async () => (await looked()) !== first, 'the time of the other look');
    const asked = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/doctor'));
    await page.getByRole('button', { name: 'Look again' }).click();
    await asked;
    expect(faults.filter(isFault)).toEqual([]);
    await close();
  });

  it('a day is what completeness says of it, told by a sign and a word, and leads to its records', async () => {
    const today = (await demo.daemon.get<DayPage>('/api/v1/completeness')).days.at(-1)!;
    const { page, close } = await open();
    const day = page.locator(`[data-day="${today.day}"]`);
    await day.waitFor();
    expect(await day.textContent()).toMatch(/20\d\d-\d\d-\d\d: (complete|waiting|healed|missing)$/);
    await day.click();
    const card = page.getByRole('region', { name: today.day });
    const numbers = await card.locator('dl > div').allInnerTexts();
    const told = numbers.map((text) => text.replace(/\s+/g, ' '));
    expect(told).toContain(`Records ${today.records}`);
    const rejected = told.indexOf(`Not understood ${today.rejected}`);
    expect(told[rejected + 1]).toBe(`Of them no longer kept ${today.let_go}`);
    await card.getByRole('link', { name: 'Show the records of this day' }).click();
    await until(async () => (await linesOf(page)).length === today.records, 'its records');
    await close();
  });

  it('shows what the doctor finds, faults first, with the lines that mend it', async () => {
    const { findings } = await demo.daemon.get<DoctorReport>('/api/v1/doctor');
    const { page, close } = await open();
    const sheet = page.locator('[data-sheet=doctor]');
    await sheet.locator('[data-finding], details').first().waitFor({ timeout: 30_000 });
    if ((await sheet.locator('details').count()) > 0) await sheet.locator('details > summary').first().click();
    const codes = await run<string[]>(
      page,
      "return [...document.querySelectorAll('[data-finding]')].map(({ dataset }) => dataset.finding)",
    );
    expect(codes.sort()).toEqual(findings.map(({ code }) => code).sort());
    await close();
  });

  it('says of a zone in the address that it is none, and takes one that is', async () => {
    const one = await visit(browser, demo.daemon.url, '?view=health&zone=Nowhere/Here');
    await one.page.getByText('left out: Time zone “Nowhere/Here” (like Europe/London).').waitFor();
    await one.close();
    const { page, close } = await visit(browser, demo.daemon.url, '?view=health&zone=Asia/Tokyo');
    const { sources } = await demo.daemon.get<Report>('/readyz');
    const last = Date.parse(sources.find(({ name }) => name === 'demo/ami')!.last_record!) + 9 * 3_600_000;
    const cell = page.locator('[data-source="demo/ami"] td').nth(1);
    await until(
      async () => (await cell.innerText()) === new Date(last).toISOString().slice(0, 19).replace('T', ' '),
      'Tokyo',
    );
    expect(await page.locator('.leftout').innerText()).toBe('');
    await close();
  });

  it('says in German what each finding means, with what cdrd says of it; and what kind of fault one is', async () => {
    const { findings } = await demo.daemon.get<DoctorReport>('/api/v1/doctor');
    const { code, what } = findings[0]!;
    const { page, close } = await open({ ...lookOf(380, 'dark'), locale: 'de-DE' });
    const card = page.locator(`[data-finding=${code}]`).first();
    await card.getByText(german[code]!).waitFor({ state: 'attached', timeout: 30_000 });
    expect(await card.locator('p[lang=en]').first().textContent()).toBe(what);
    await page.locator('[data-sheet=doctor]').scrollIntoViewIfNeeded();
    await expectFit(page, 380);
    await page.goto(`${demo.daemon.url}/?view=search&range=24h&text=%2C`);
    await page.getByText('Es ging nicht: nicht verstanden (text: "," has no word)').waitFor();
    await close();
  });

  it('to who is no admin it says so, and shows no more than he may see', async () => {
    const password = 'correct horse battery';
    await demo.daemon.post('/api/v1/users', { name: 'una', password, role: 'billing', companies: ['acme'] });
    const made = await demo.daemon.post<{ secret: string }>('/api/v1/tokens', {
      name: 'narrow',
      scope: 'read',
      companies: ['acme'],
    });
    const context = await browser.newContext({ locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(`${demo.daemon.url}/?view=health#token=${made.secret}`);
    await page.getByText('This is shown to admins.').first().waitFor();
    expect(await page.getByText('This speaks of all companies').count()).toBe(1);
    expect(await page.locator('.day').count()).toBe(0);
    await context.close();
  });

  it.each(looks)('has nothing that axe complains of at %i pixels in %s', async (width, theme) => {
    await demo.daemon.post('/api/v1/cdrs', [{ uniqueid: `1.${width}`, start: 'yesterday' }]);
    const { page, faults, close } = await open(lookOf(width, theme));
    await page.locator('.day').last().click();
    await page.locator('[data-reject] summary').first().click();
    await page.locator('[data-sheet=doctor] [data-finding]').first().waitFor({ timeout: 30_000 });
    await expectFit(page, width);
    expect(faults.filter(isFault)).toEqual([]);
    await close();
  });
});

describe('rows that were not understood', () => {
  const { folder, remove } = tempFolder();
  const ami = { username: 'cdrd', secret: 'x', host: '127.0.0.1', port: 9 };
  const one = { name: 'pbx1', timezone: 'UTC', ami };
  let daemon: Daemon;
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
    daemon = await startDaemon(folder, { systems: [one] });
    const good = {
      start: '2026-11-22T03:15:29Z',
      duration: 5,
      billsec: 3,
      disposition: 'ANSWERED',
      src: '1',
      dst: '2',
    };
    const rows = [
      ...['1.1', '1.2'].map((uniqueid) => ({ ...good, uniqueid, system: 'pbx2' })),
      { ...good, uniqueid: '1.3', start: 'yesterday' },
      { ...good, uniqueid: '1.4', duration: 'long' },
    ];
    await daemon.post('/api/v1/cdrs', rows);
    await daemon.end();
    // What was wrong with two of them is mended in the configuration.
    daemon = await startDaemon(folder, { systems: [one, { ...one, name: 'pbx2' }] });
  });
  afterAll(async () => {
    await browser.close();
    await daemon.end();
    remove();
  });

  it('are tried again one by one or all, discarded one by one or all, and it is said what became of them', async () => {
    const { page, close } = await visit(browser, daemon.url, '?view=health');
    const rejects = page.locator('[data-reject]');
    const told = page.locator('[data-sheet=rejects] .told');
    await until(async () => (await rejects.count()) === 4, 'four rejects');
    const withText = (text: string) => rejects.filter({ hasText: text });
    await withText('is not a whole number').getByRole('button', { name: /again/ }).click();
    await until(async () => /Reject \d+ stays: .*duration/.test(await told.innerText()), 'why it stays');
    await withText('is not a whole number').getByText('tried once').waitFor();
    await withText('pbx2').first().getByRole('button', { name: /again/ }).click();
    await until(async () => / is understood now\./.test(await told.innerText()), 'it to be understood');
    await until(async () => (await rejects.count()) === 3, 'three rejects');
    await page.getByRole('button', { name: 'Try all again' }).click();
    await until(
      async () => (await told.innerText()) === '1 became records, 0 were known, 2 stay.',
      'what became of them',
    );
    expect((await daemon.records()).map(({ uniqueid, system }) => `${system} ${uniqueid}`).sort()).toEqual([
      ...['pbx2 1.1', 'pbx2 1.2'],
    ]);
    await withText('yesterday')
      .getByRole('button', { name: /Discard/ })
      .click();
    await until(async () => (await rejects.count()) === 1, 'one reject');
    await page.getByRole('button', { name: 'Discard all' }).click();
    expect(await rejects.count()).toBe(1);
    await page.getByRole('button', { name: 'Discard all for good' }).click();
    await page.getByText('None are kept.').waitFor();
    expect((await daemon.get<{ rejects: unknown[] }>('/api/v1/rejects')).rejects).toEqual([]);
    await close();
  });
});
