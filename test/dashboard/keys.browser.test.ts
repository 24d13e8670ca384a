// A morning's work without a mouse: sign in, filter what goes on, find a call, tag it, take the list away, try a bad row again.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { openPage } from '../browser/browser.ts';
import { adminToken } from '../support/daemon.ts';
import { until } from '../support/until.ts';
import { linesOf, openStage, run, untilLine } from './demo.ts';
import { isFault } from './looks.ts';
import { talk } from './talk.ts';

const stage = openStage(async (demo) => {
  await demo.pbx.play([...talk('101', '102'), ...talk('103', '104')]);
  await demo.daemon.post('/api/v1/cdrs', [{ uniqueid: '1795000000.1', start: 'yesterday' }]);
});

/** What has the focus: its name as a reader of screens says it, or what stands on it. */
const focused = (page: Page): Promise<string> =>
  run(
    page,
    `const element = document.activeElement;
    const label = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
    return element.tagName.toLowerCase() + ' ' + label.trim().slice(0, 80);`,
  );

/** Tab by Tab, and every stop can be seen. */
async function tabTo(page: Page, wanted: RegExp): Promise<void> {
  for (let step = 0; step < 120; step += 1) {
    if (wanted.test(await focused(page))) return;
    await page.keyboard.press('Tab');
    const seen = await run<boolean>(
      page,
      `const element = document.activeElement;
      if (element === document.body) return true;
      const { outlineStyle } = getComputedStyle(element);
      const { top, bottom, width } = element.getBoundingClientRect();
      return outlineStyle !== 'none' && width > 0 && bottom > 0 && top < innerHeight;`,
    );
    if (!seen) throw new Error(`the focus cannot be seen at: ${await focused(page)}`);
  }
  throw new Error(`no Tab leads to ${wanted}; the focus is at: ${await focused(page)}`);
}

it('is done by keys alone, from the sign-in to a row that is tried again', async () => {
  const { page, faults, close } = await openPage(stage.browser, { locale: 'en-GB', timezoneId: 'UTC' });
  const { keyboard } = page;
  await page.goto(stage.demo.daemon.url);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await tabTo(page, /^input Token$/);
  // The first one is the way to sign in.
  await keyboard.press('Tab');
  await keyboard.type(adminToken);
  await keyboard.press('Enter');
  await page.locator('[data-line=live]').waitFor({ timeout: 20_000 });

  await tabTo(page, /^input Filter/);
  await keyboard.type('103');
  await until(async () => (await linesOf(page)).length === 1, 'the call of 103');

  await keyboard.press('Shift+Tab');
  await page.evaluate('document.activeElement.blur()');
  await tabTo(page, /^a Search/);
  await keyboard.press('Enter');
  await untilLine(page, 'a call of 101', ({ caller }) => caller === '101');
  await tabTo(page, /^input Extension/);
  await keyboard.type('101');
  await keyboard.press('Enter');
  await until(async () => (await linesOf(page)).length === 1, 'the call of 101');

  await tabTo(page, /^div .*101/);
  await keyboard.press('Enter');
  const panel = page.getByRole('complementary');
  await panel.getByText('Timeline').waitFor();
  await tabTo(page, /^input Tags/);
  await keyboard.type('vip');
  await tabTo(page, /^button Save/);
  await keyboard.press('Enter');
  await panel.getByText('Saved.').waitFor();
  await keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });

  await page.evaluate('document.activeElement.blur()');
  await tabTo(page, /^summary Export/);
  await keyboard.press('Enter');
  await tabTo(page, /^button Export/);
  const saved = page.waitForEvent('download');
  await keyboard.press('Enter');
  expect((await saved).suggestedFilename()).toBe('calls.csv');
  await page.getByText(/calls\.csv: 1 rows?/).waitFor();
  await keyboard.press('Escape');
  expect(await focused(page)).toMatch(/^summary Export/);

  await page.evaluate('document.activeElement.blur()');
  await tabTo(page, /^a Health/);
  await keyboard.press('Enter');
  await page.getByRole('button', { name: 'Try all again' }).waitFor();
  await tabTo(page, /^button Try all again/);
  await keyboard.press('Enter');
  await page.locator('[data-sheet=rejects]').getByText('1 stay.').waitFor();
  expect(await focused(page)).toMatch(/^button Try all again/);
  expect(faults.filter(isFault)).toEqual([]);
  await close();
}, 90_000);
