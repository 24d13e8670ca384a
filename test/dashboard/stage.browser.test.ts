// A view whose file does not come: it is asked for again, more and more seldom, at once where somebody wants it or the line is back.
import { expect, it } from 'vitest';
import { openPage } from '../browser/browser.ts';
import { openLine } from '../client/line.ts';
import { adminToken } from '../support/daemon.ts';
import { until } from '../support/until.ts';
import { openStage } from './demo.ts';

const stage = openStage();

/** The page with a clock of its own, without the file of Overview; `asked`: how often that was asked for. */
async function openWithout() {
  const opened = await openPage(stage.browser, { locale: 'en-GB', timezoneId: 'UTC' });
  const { page } = opened;
  let [asked, unanswered] = [0, 0];
  await page.clock.install();
  await page.route('**/views/overview*', (route) => ((asked += 1), route.abort()));
  const line = await openLine(stage.demo.daemon.url);
  await page.goto(`${line.url}/#token=${adminToken}`);
  await page.locator('html[data-views="3"]').waitFor({ timeout: 20_000 });
  expect(asked).toBe(1);
  page.on('requestfailed', (request) => (unanswered += Number(request.url().endsWith('/healthz'))));
  line.refuse(true);
  line.cut();
  await page.locator('.pill.bad').waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  const status = page.getByRole('main').getByRole('status');
  /** So often it has been asked, cdrd has not answered, and that is said. */
  const untilAsked = async (times: number) => {
    await until(() => asked >= times && unanswered >= times - 1, `${times} questions`, 5000);
    expect(asked).toBe(times);
    await status.getByText('cdrd does not answer. It is asked again').waitFor();
  };
  await untilAsked(2);
  const close = async () => {
    await opened.close();
    await line.close();
  };
  return { page, line, untilAsked, asked: () => asked, close };
}

it('asks after three seconds, then after twice as long each time; a button asks at once', async () => {
  const { page, line, untilAsked, close } = await openWithout();
  for (const [ms, times] of [
    [3000, 3],
    [3000, 3],
    [3000, 4],
    [6000, 4],
    [6000, 5],
  ] as const) {
    await page.clock.runFor(ms);
    await untilAsked(times);
  }
  await page.getByRole('button', { name: 'Try again' }).click();
  await untilAsked(6);
  await page.unroute('**/views/overview*');
  line.refuse(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('form', { name: 'What is shown' }).waitFor();
  await close();
});

it('asks when the line is back, and says what to do where the file is gone though cdrd is there', async () => {
  const { page, line, untilAsked, asked, close } = await openWithout();
  for (const [ms, times] of [
    [3000, 3],
    [6000, 4],
    [12_000, 5],
  ] as const) {
    await page.clock.runFor(ms);
    await untilAsked(times);
  }
  line.refuse(false);
  // The next one would be 24 seconds away.
  await page.clock.runFor(6000);
  await page.locator('[data-line=live]').waitFor();
  await page.getByRole('main').getByRole('status').getByText('cdrd was updated').waitFor({ timeout: 5000 });
  expect(asked()).toBe(6);
  await page.getByRole('button', { name: 'Load again' }).waitFor();
  await close();
});

it('is shown as soon as its file is there, and not when something else happens', async () => {
  const { page, close } = await openPage(stage.browser, { locale: 'en-GB', timezoneId: 'UTC' });
  // What the page hears of its lines draws nothing.
  await page.route('**/readyz', () => undefined);
  let bring = () => {};
  await page.route('**/views/health*', (route) => (bring = () => void route.continue()));
  await page.goto(`${stage.demo.daemon.url}/?view=health#token=${adminToken}`);
  await page.locator('[data-line=live]').waitFor();
  await page.getByRole('main').getByText('Loading …').waitFor();
  bring();
  await page.getByRole('heading', { name: 'Health' }).waitFor({ timeout: 3000 });
  await close();
});
