// A session that ends while the page is open: every view says so, leads to the sign-in, and goes on at the same address behind it.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { openPage } from '../browser/browser.ts';
import { adminToken } from '../support/daemon.ts';
import { until } from '../support/until.ts';
import { linesOf, openStage, visit } from './demo.ts';
import { talk } from './talk.ts';

const over = (page: Page, timeout: number) =>
  page.getByRole('alert').getByText('The session is over: sign in again.').waitFor({ timeout });

async function signInAgain(page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'Token' }).fill(adminToken);
  await page.keyboard.press('Enter');
  await page.locator('[data-line=live]').waitFor({ timeout: 20_000 });
}

describe('the page when its token is revoked', () => {
  const stage = openStage((demo) => demo.pbx.play([...talk('101', '102'), ...talk('103', '104')]));

  it.each([
    ['live', 'Calls now', '&q=101'],
    ['overview', 'Overview', '&range=7d&by=direction'],
    ['search', 'Search', '&range=7d&extension=103&call=2'],
    ['health', 'Health', ''],
  ])('says so in the view %s, and goes on at the same address', async (view, heading, more) => {
    const made = { name: `for ${view}`, scope: 'read', companies: null };
    const { id, secret } = await stage.demo.daemon.post<{ id: number; secret: string }>('/api/v1/tokens', made);
    const { page, close } = await openPage(stage.browser, { locale: 'en-GB', timezoneId: 'UTC' });
    const shown = () => page.locator('h1', { hasText: heading }).waitFor();
    await page.goto(`${stage.demo.daemon.url}/?view=${view}${more}#token=${secret}`);
    await page.locator('[data-line=live]').waitFor({ timeout: 20_000 });
    await shown();
    const address = page.url();
    const headers = { authorization: `Bearer ${adminToken}` };
    const gone = await fetch(`${stage.demo.daemon.url}/api/v1/tokens/${id}`, { method: 'DELETE', headers });
    expect(gone.ok).toBe(true);
    await over(page, 10_000);
    expect(page.url()).toBe(address);
    await signInAgain(page);
    await shown();
    expect(page.url()).toBe(address);
    if (view === 'search') {
      await page.getByRole('complementary').getByText('Timeline').waitFor();
      expect(await linesOf(page)).toHaveLength(1);
    }
    await close();
  });

  it('says so at the first question that is refused, before the feed hears of it', async () => {
    const { page, close } = await visit(stage.browser, stage.demo.daemon.url, '?view=search');
    await until(async () => (await linesOf(page)).length === 2, 'two calls');
    // The line of the feed stays open: only what is asked from now on is asked by nobody.
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Search again' }).click();
    await over(page, 3000);
    await signInAgain(page);
    await until(async () => (await linesOf(page)).length === 2, 'two calls again');
    await close();
  });
});
