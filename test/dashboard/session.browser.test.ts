// Who is signed in, as tabs, links and a daemon that is away see it; and how the page looks then, in both themes and at both widths.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { openPage } from '../browser/browser.ts';
import { openLine } from '../client/line.ts';
import { adminToken } from '../support/daemon.ts';
import { until } from '../support/until.ts';
import { linesOf, openStage, visit } from './demo.ts';
import { expectFit, lookOf, picture } from './looks.ts';
import { talk } from './talk.ts';

const live = (page: Page) => page.locator('[data-line=live]').waitFor();
const signIn = (page: Page) => page.getByRole('heading', { name: 'Sign in to cdrd' }).waitFor();

describe('the page', () => {
  const stage = openStage((demo) => demo.pbx.play([...talk('101', '102'), ...talk('103', '104')]));

  it('follows a link with a token in a tab that has the page already, and says when the token is no good', async () => {
    const { page, close } = await openPage(stage.browser, { locale: 'en-GB' });
    await page.goto(`${stage.demo.daemon.url}/`);
    await signIn(page);
    await page.goto(`${stage.demo.daemon.url}/#token=nonsense`);
    await page.getByText('The token in the address is no good').waitFor();
    expect(page.url()).not.toContain('nonsense');
    await page.goto(`${stage.demo.daemon.url}/#token=${adminToken}`);
    await live(page);
    expect(page.url()).not.toContain(adminToken);
    await close();
  });

  it('is signed out in all tabs at once', async () => {
    const { page, close } = await visit(stage.browser, stage.demo.daemon.url);
    const other = await page.context().newPage();
    await other.goto(`${stage.demo.daemon.url}/?view=health`);
    await live(other);
    await other.getByLabel('Settings').click();
    await other.getByRole('button', { name: 'Sign out' }).click();
    await signIn(other);
    await page.getByText('You have signed out.').waitFor({ timeout: 3000 });
    await close();
  });

  it('asks again by itself what cdrd did not answer: a list, and a call', async () => {
    const { page, close } = await visit(stage.browser, stage.demo.daemon.url);
    await page.getByRole('link', { name: 'Search' }).click();
    await until(async () => (await linesOf(page)).length === 2, 'two calls');
    page.setDefaultTimeout(15_000);
    await page.context().setOffline(true);
    await page.locator('.run [role=row]').first().click();
    await page.getByRole('complementary').getByText('cdrd does not answer. It is asked again').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('textbox', { name: 'Extension' }).fill('103');
    await page.keyboard.press('Enter');
    await page.locator('.empty').getByText('cdrd does not answer. It is asked again').waitFor();
    expect(await page.getByText('Loading …').count()).toBe(0);
    await page.context().setOffline(false);
    await until(async () => (await linesOf(page)).length === 1, 'the call of 103', 15_000);
    await close();
  });

  // Each width and each theme once.
  it.each([
    [380, 'dark'],
    [1280, 'light'],
  ] as const)(
    'looks as it should at %i pixels in %s when cdrd is away and when the session is over',
    async (width, theme) => {
      const line = await openLine(stage.demo.daemon.url);
      const { page, close } = await visit(stage.browser, line.url, '', lookOf(width, theme));
      await until(async () => (await linesOf(page)).length === 2, 'two calls');
      page.setDefaultTimeout(15_000);
      // The views that were not opened yet come by themselves.
      await page.locator('html[data-views="4"]').waitFor();
      line.refuse(true);
      line.cut();
      await page.getByText('The line to cdrd is cut.').waitFor();
      for (const view of ['Live', 'Overview', 'Search', 'Health']) {
        await page.getByRole('link', { name: view, exact: true }).click();
        await page.locator('h1', { hasText: view === 'Live' ? 'Calls now' : view }).waitFor();
        await expectFit(page, width);
        await picture(page, `away-${view}-${width}`);
      }
      await page.context().clearCookies();
      line.refuse(false);
      await page.getByText('The session is over: sign in again.').waitFor({ timeout: 20_000 });
      await expectFit(page, width);
      await picture(page, `over-${width}`);
      await close();
      await line.close();
    },
    90_000,
  );
});
