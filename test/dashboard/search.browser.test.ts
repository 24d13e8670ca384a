// Search as a person uses it: find, walk a long list both ways, open a call, write beside it.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../src/http/dialects/native/callshape.ts';
import { until } from '../support/until.ts';
import { linesOf, run, visit } from './demo.ts';
import { isFault } from './looks.ts';
import { openSearchHouse, total, type SearchHouse } from './searchhouse.ts';

describe('Search', () => {
  let house: SearchHouse;
  beforeAll(async () => {
    house = await openSearchHouse();
  });
  afterAll(() => house.close());
  const search = (path = '?view=search') => visit(house.browser, house.demo.daemon.url, path);
  const list = async (query: string) =>
    (await house.demo.daemon.get<{ calls: Call[] }>(`/api/v1/calls?${query}`)).calls;
  const found = (page: Page, count: string) =>
    page.getByRole('status').getByText(`${count} found`, { exact: true }).waitFor({ timeout: 20_000 });

  it('finds by conditions that the address keeps, and the back button takes back', async () => {
    const { page, faults, close } = await search();
    await page.getByText('200 loaded').waitFor();
    await page.getByRole('textbox', { name: 'Company' }).fill('beta');
    await page.keyboard.press('Enter');
    await until(async () => (await linesOf(page)).every(({ company }) => company === 'beta'), 'calls of beta only');
    await page.getByRole('search').getByLabel('Outcome').selectOption('missed');
    await until(
      async () => (await linesOf(page)).every(({ status }) => status!.includes('Missed')),
      'missed calls only',
    );
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

  it('takes nothing back of what somebody is typing when a list comes meanwhile', async () => {
    const { page, close } = await search('?view=search&company=beta');
    await page.getByText(/loaded|found/).waitFor();
    const words = page.getByRole('textbox', { name: 'Words' });
    await words.pressSequentially('10');
    // The list that another field asks for comes, and the form is drawn anew.
    await page.evaluate(
      "{ const outcome = document.querySelector('select[name=outcome]'); outcome.value = 'missed'; outcome.dispatchEvent(new Event('change', { bubbles: true })); }",
    );
    await until(
      async () => (await linesOf(page)).every(({ status }) => status!.includes('Missed')),
      'missed calls only',
    );
    expect(await words.inputValue()).toBe('10');
    await words.pressSequentially('1');
    await page.keyboard.press('Enter');
    await until(() => new URL(page.url()).searchParams.get('text') === '101', 'the words in the address');
    await close();
  });

  it('says what of an address it does not understand, leaves that out and keeps the rest', async () => {
    const bad = 'min=abc&direction=sideways&zone=Mars/Base&colour=red';
    const { page, faults, close } = await search(`?view=search&company=beta&outcome=missed&${bad}`);
    await found(page, '200');
    const line = page.locator('.leftout');
    expect(await line.getAttribute('role')).toBe('status');
    const told = await line.innerText();
    for (const part of ['At least “abc” (seconds, or like 1:30)', 'Direction “sideways”', 'Time zone “Mars/Base”'])
      expect(told).toContain(part);
    expect(told).toContain('colour “red”');
    expect(await page.locator('.fold > summary').innerText()).toBe('Filter (2)');
    const least = page.getByRole('search').getByLabel('At least');
    expect([await least.inputValue(), await least.getAttribute('aria-invalid')]).toEqual(['abc', 'true']);
    await least.fill('0:05');
    await page.keyboard.press('Enter');
    await page.getByText('Filter (3)').waitFor();
    expect(await line.innerText()).not.toContain('abc');
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.getByText('200 loaded').waitFor();
    expect(await line.innerText()).toBe('');
    expect(faults.filter(isFault)).toEqual([]);
    await close();
  });

  it('says of a company that nobody called that it may be spelt wrong, and of one that rested that it rested', async () => {
    const { page, close } = await search('?view=search&company=nosuch');
    await page.getByText('No call at any time concerns a company “nosuch”').waitFor();
    await page.getByRole('textbox', { name: 'Company' }).fill('acme');
    await page.getByRole('search').getByLabel('At least').fill('9:00:00');
    await page.keyboard.press('Enter');
    await page.getByText('Take a longer time, or fewer conditions.').waitFor();
    await close();
  });

  it('takes conditions of calls away with them when records are looked for', async () => {
    const { page, close } = await search('?view=search&company=beta&outcome=missed');
    await found(page, '200');
    await page.getByRole('search').getByLabel('Look for').selectOption('records');
    await page.getByText('Filter (1)').waitFor();
    expect(new URL(page.url()).searchParams.get('outcome')).toBe(null);
    expect(await page.locator('.leftout').innerText()).toBe('');
    await close();
  });

  it('looks for calls by words of their records, and shows what a link asks for that has no field', async () => {
    const { page, close } = await search('?view=search&trunk=nosuch');
    await page.getByRole('textbox', { name: 'Trunk' }).waitFor();
    await page.getByRole('textbox', { name: 'Trunk' }).fill('');
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'Words' }).fill('dial');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing found.').waitFor();
    await page.getByRole('textbox', { name: 'Words' }).fill('101');
    await page.keyboard.press('Enter');
    await page.getByText(/^[1-9][\d,]* (found|loaded)/).waitFor();
    const params = Object.fromEntries(new URL(page.url()).searchParams);
    expect(params).toMatchObject({ text: '101' });
    expect(params).not.toHaveProperty('kind');
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

  it('says that words are looked for in a year at most, and finds them in one', async () => {
    const { page, close } = await search('?view=search&kind=calls&range=all&text=beta');
    const asked: string[] = [];
    page.on('response', (response) => asked.push(`${response.status()} ${response.url()}`));
    await page.getByText('Words are looked for in a year at most: choose a time.').waitFor();
    expect(await page.getByText('Export').count()).toBe(0);
    await page.reload();
    await page.getByText('Words are looked for in a year at most').waitFor();
    expect(asked.filter((one) => one.includes('/api/v1/calls?') && one.includes('text='))).toEqual([]);
    await page.getByRole('textbox', { name: 'Words' }).fill('101');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'The last year' }).click();
    await page.getByText('200 loaded').waitFor();
    expect(asked.filter((one) => one.startsWith('400'))).toEqual([]);
    await close();
  });
});
