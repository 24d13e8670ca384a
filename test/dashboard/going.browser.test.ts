// A call that goes on, opened from its line: what is known of it, which grows with the feed, and becomes the ended call in place.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { channelEvent } from '../../src/simulator/channelevent.ts';
import { storyOf } from '../../src/simulator/story.ts';
import { until } from '../support/until.ts';
import { linesOf, openStage, run, untilLine, visit } from './demo.ts';
import { expectFit, isFault, lookOf, looks } from './looks.ts';
import { talk } from './talk.ts';

const stage = openStage();

/** A call that is told step by step. */
function play(from: string, to: string) {
  const records = talk(from, to);
  const steps = storyOf(records);
  const { answer, end } = records[0]!;
  const tell = (begin: number, over: number) => {
    for (const told of steps)
      if (told.at >= begin && told.at < over) stage.demo.pbx.ami.broadcast(channelEvent(told), 'call');
  };
  return {
    linkedid: records[0]!.linkedid,
    ring: () => tell(0, answer!),
    answer: () => tell(answer!, end),
    hangUp: () => tell(end, Infinity),
    records: () => stage.demo.pbx.play(records),
  };
}
const panelOf = (page: Page) => page.getByRole('complementary');
const fact = (page: Page, name: string) =>
  panelOf(page).locator('.facts div', { hasText: name }).locator('dd').innerText();
const lineFrom = (page: Page, from: string) => untilLine(page, `the line of ${from}`, ({ caller }) => caller === from);

it('opens by a key, grows, and becomes the ended call where it stands', async () => {
  const { page, faults, close } = await visit(stage.browser, stage.demo.daemon.url);
  const call = play('121', '122');
  call.ring();
  await lineFrom(page, '121');
  await page.locator('.run [role=row]').first().focus();
  await page.keyboard.press('Enter');
  const panel = panelOf(page);
  await panel.getByText('Call in progress').waitFor({ timeout: 5000 });
  expect(await panel.locator('.parties').innerText()).toBe('121 → 122');
  expect(await panel.locator('.going').innerText()).toMatch(/121 → 122.*Ringing.*since \d\d:\d\d:\d\d · \d+:\d\d/s);
  await run(page, `document.querySelector('.panel').dataset.mark = 'same'`);
  call.answer();
  await panel.locator('.going').getByText('Talking').waitFor();
  const talked = () => fact(page, 'Talk on this leg');
  const before = await talked();
  await until(async () => (await talked()) !== before, 'the talk to tick');
  // Whoever has the address has the call.
  const other = await visit(stage.browser, stage.demo.daemon.url, new URL(page.url()).search);
  await panelOf(other.page).getByText('Call in progress').waitFor();
  await other.close();
  call.hangUp();
  await panel.getByText('It is over; its records have not come yet.').waitFor();
  expect(await panel.locator('header').innerText()).not.toContain('in progress');
  expect(await panel.locator('.whole').innerText()).not.toMatch(/Talk|since/);
  expect(await panel.locator('.going').innerText()).toBe('121 → 122');
  expect(await fact(page, 'Answered by')).toBe('122');
  expect(await fact(page, 'Duration')).toMatch(/^0:\d\d$/);
  const over = await fact(page, 'Duration');
  // The list draws when its own time has come.
  const line = await untilLine(page, 'the line to end', (one) => one.caller === '121' && one['status'] === 'Ended');
  expect([line['answered'], line['span']]).toEqual(['122', over]);
  await call.records();
  await panel.getByText('Timeline').waitFor();
  expect(await panel.locator('header').innerText()).toMatch(/^Call \d+/);
  expect(await panel.getAttribute('data-mark')).toBe('same');
  expect(await run(page, `return document.activeElement === document.querySelector('.panel')`)).toBe(true);
  expect(new URL(page.url()).search).toMatch(/^\?view=live&call=\d+$/);
  await page.keyboard.press('Escape');
  expect(await panel.count()).toBe(0);
  expect(faults.filter(isFault)).toEqual([]);
  await close();
});

it('stands still while Live is paused, durations too; a call that is opened goes on', async () => {
  const { page, close } = await visit(stage.browser, stage.demo.daemon.url);
  const call = play('123', '124');
  call.ring();
  call.answer();
  await lineFrom(page, '123');
  await page.getByRole('button', { name: 'Pause' }).click();
  const line = async () => (await linesOf(page)).find(({ caller }) => caller === '123')!;
  const { span, key } = await line();
  await page.locator(`[data-key="${key}"]`).click();
  const told = () => fact(page, 'Duration');
  const before = await told();
  await until(async () => (await told()) !== before, 'the opened call to tick');
  expect((await line()).span).toBe(span);
  call.hangUp();
  await call.records();
  await panelOf(page).getByText('Timeline').waitFor();
  expect((await line()).status).toContain('Talking');
  await page.getByRole('button', { name: 'Go on' }).click();
  await until(async () => (await line()).status!.includes('Answered'), 'the line to end');
  await close();
});

it('shows what the records of a call say that goes on', async () => {
  const { page, close } = await visit(stage.browser, stage.demo.daemon.url);
  const call = play('131', '132');
  call.ring();
  call.answer();
  const { key } = await lineFrom(page, '131');
  await page.locator(`[data-key="${key}"]`).click();
  const panel = panelOf(page);
  await panel.getByText('Call in progress').waitFor();
  expect(await panel.getByText('What its records say so far').count()).toBe(0);
  const start = new Date(Date.now() - 60_000).toISOString();
  const parts = { system: 'demo', linkedid: call.linkedid, uniqueid: '77.1', start, duration: 20, billsec: 10 };
  const said = { src: '131', dst: '133', disposition: 'ANSWERED', lastapp: 'Dial', channel: 'PJSIP/acme-131-77' };
  await stage.demo.daemon.post('/api/v1/cdrs', [{ ...parts, ...said }]);
  await panel.getByText('What its records say so far').waitFor({ timeout: 5000 });
  await panel.getByText('Timeline').waitFor();
  expect(await panel.locator('header').innerText()).toContain('Call in progress');
  expect(await panel.locator('.going').innerText()).toContain('Talking');
  call.hangUp();
  await call.records();
  await until(async () => /^Call \d/.test(await panel.locator('header').innerText()), 'the ended call');
  await close();
});

it('says that a call is not there which nobody knows', async () => {
  const { page, close } = await visit(stage.browser, stage.demo.daemon.url, '?view=live&going=demo+1.1');
  await panelOf(page).getByText('There is no such call').waitFor();
  await close();
});

it.each(looks)('can be read at %i pixels in %s', async (width, theme) => {
  const call = play('125', '126');
  call.ring();
  call.answer();
  const { page, close } = await visit(stage.browser, stage.demo.daemon.url, '', lookOf(width, theme));
  const { key } = await lineFrom(page, '125');
  await page.locator(`[data-key="${key}"]`).click();
  await panelOf(page).getByText('Call in progress').waitFor();
  await expectFit(page, width);
  await close();
  call.hangUp();
  await call.records();
});
