// Signing in, and Live, as a person sees them: lines that grow, and a line that is cut and goes on.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelEvent } from '../../src/simulator/channelevent.ts';
import { companies } from '../../src/simulator/companies.ts';
import { storyOf } from '../../src/simulator/story.ts';
import type { Call } from '../../src/http/dialects/native/callshape.ts';
import { openBrowser, openPage } from '../browser/browser.ts';
import { openLine } from '../client/line.ts';
import { adminToken } from '../support/daemon.ts';
import { until } from '../support/until.ts';
import { linesOf, openDemo, untilLine, visit, type Demo } from './demo.ts';
import { isFault } from './looks.ts';
import { talk } from './talk.ts';

/** Of this so many see the cut: tall enough for all lines. */
const tall = { viewport: { width: 1280, height: 4000 } };

const [acme] = companies as [(typeof companies)[number]];

describe('the page', () => {
  let demo: Demo;
  let browser: Browser;
  beforeAll(async () => {
    demo = await openDemo({ refused_wait_seconds: 1 });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await demo.close();
  });
  const calls = async () => (await demo.daemon.get<{ calls: Call[] }>('/api/v1/calls?order=-id&limit=500')).calls;

  it('lets in by a token or a name and a password, says what is wrong, and lets out', async () => {
    const password = 'correct horse battery';
    await demo.daemon.post('/api/v1/users', { name: 'una', password, role: 'billing', companies: [acme.handle] });
    const { page, faults, close } = await openPage(browser, { locale: 'en-GB' });
    await page.goto(demo.daemon.url);
    await page.getByLabel('Token', { exact: true }).last().fill('nonsense');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('cdrd knows no such token, or it was revoked.').waitFor();
    await page.getByRole('radio', { name: 'Name and password' }).check();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Fill in every field.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('una');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
    await page.locator('[data-line=live]').waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.getByLabel('Settings').click();
    await page.getByText(`sees ${acme.handle}`).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to cdrd' }).waitFor();
    expect(faults.filter(isFault)).toEqual([]);
    await close();
  });

  it('takes the token of the address and leaves nothing of it there', async () => {
    const { page, close } = await visit(browser, demo.daemon.url);
    expect(page.url()).not.toContain(adminToken);
    await close();
  });

  it('shows one line that rings, talks and ends, with the call made of its records', async () => {
    const { page, faults, close } = await visit(browser, demo.daemon.url);
    const records = talk('101', '102');
    const steps = storyOf(records);
    const { answer, end } = records[0]!;
    const tell = (from: number, until: number) => {
      for (const told of steps)
        if (told.at >= from && told.at < until) demo.pbx.ami.broadcast(channelEvent(told), 'call');
    };
    tell(0, answer!);
    const ringing = await untilLine(page, 'a call that rings', ({ status }) => status!.includes('Ringing'));
    expect(ringing).toMatchObject({ caller: '101', called: '102', company: 'acme', answered: '' });
    tell(answer!, end);
    const talking = await untilLine(page, 'the call to talk', ({ status }) => status!.includes('Talking'));
    expect(talking).toMatchObject({ key: ringing['key'], answered: '102' });
    const ticks = await untilLine(
      page,
      'its duration to tick',
      ({ key, span }) => key === ringing['key'] && span !== talking['span'],
    );
    expect(ticks['status']).toContain('Talking');
    tell(end, Infinity);
    await demo.pbx.play(records);
    const over = await untilLine(page, 'the call to end', ({ status }) => status!.includes('Answered'));
    expect(over).toMatchObject({ key: ringing['key'], span: '0:10', answered: '102' });
    expect(faults.filter(isFault)).toEqual([]);
    await close();
  });

  it('filters in place, keeps the filter in its address, and stands still while it is paused', async () => {
    await demo.pbx.play([...talk('103', '104'), ...talk('105', '106')]);
    const { page, close } = await visit(browser, demo.daemon.url);
    await untilLine(page, 'the call of 103', ({ caller }) => caller === '103');
    await page.getByRole('searchbox').fill('103');
    await until(async () => (await linesOf(page)).length === 1, 'one line');
    expect(new URL(page.url()).search).toBe('?view=live&q=103');
    await page.reload();
    await until(async () => (await linesOf(page)).length === 1, 'one line again');
    await page.getByRole('button', { name: 'Pause' }).click();
    await demo.pbx.play(talk('103', '107'));
    await page.getByText(/Paused at [\d:]{8}: [1-9]\d* changes wait/).waitFor();
    expect(await linesOf(page)).toHaveLength(1);
    await page.getByRole('button', { name: 'Go on' }).click();
    await until(async () => (await linesOf(page)).length === 2, 'the call that came meanwhile');
    await close();
  });

  it('says that the line to cdrd is cut, and has every call once when it is back', async () => {
    const line = await openLine(demo.daemon.url);
    const { page, close } = await visit(browser, line.url, '', tall);
    const shown = async () =>
      (await linesOf(page)).map(({ caller, called, time }) => `${caller} ${called} ${time}`).sort();
    for (let round = 0; round < 3; round += 1) {
      line.mute(true);
      line.cut();
      await page.getByText('The line to cdrd is cut.').waitFor();
      await demo.pbx.play(Array.from({ length: 8 }, (_, at) => talk('101', String(110 + at))).flat());
      const { length } = await calls();
      line.cut();
      line.mute(false);
      await page.getByText(/Caught up: \d+ changes made up, nothing is missing\./).waitFor({ timeout: 20_000 });
      await until(async () => (await shown()).length >= length, 'all calls');
    }
    const wanted = async () => {
      const iso = ({ start }: Call) => start.slice(11, 19);
      return (await calls()).map((call) => `${call.caller} ${call.called} ${iso(call)}`).sort();
    };
    await until(async () => (await shown()).join() === (await wanted()).join(), 'the very calls of the list');
    const keys = (await linesOf(page)).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    await close();
    await line.close();
  });

  it('says that only ended calls are told where that is so, and to an admin what to do', async () => {
    const said = async (url: string, token: string) => {
      const { page, close } = await openPage(browser, { locale: 'en-GB' });
      await page.goto(`${url}/#token=${token}`);
      await page.locator('.run [role=row]').first().waitFor({ timeout: 20_000 });
      const told = await page.locator('.counts, .foot').allInnerTexts();
      await close();
      return told;
    };
    // No call goes on, and one was: as it is after the page was loaded anew.
    await demo.pbx.play(talk('141', '142'));
    await until(async () => (await calls()).some(({ caller }) => caller === '141'), 'the call');
    expect(await said(demo.daemon.url, adminToken)).toEqual([expect.stringMatching(/^0 in progress · \d+ ended$/)]);
    const mute = await openDemo({ events: 'cdr' });
    await mute.pbx.play(talk('141', '142'));
    await until(async () => (await mute.daemon.get<{ calls: Call[] }>('/api/v1/calls')).calls.length > 0, 'the record');
    const { secret } = await mute.daemon.post<{ secret: string }>('/api/v1/tokens', {
      name: 'reader',
      scope: 'read',
      companies: ['acme'],
    });
    const only = 'Ended calls only';
    const admins = await said(mute.daemon.url, adminToken);
    expect(admins).toEqual(['1 ended calls', expect.stringMatching(`^${only}.* set “events: calls”`)]);
    expect(await said(mute.daemon.url, secret)).toEqual([
      '1 ended calls',
      `${only}: who rings and talks now is not told here.`,
    ]);
    await mute.close();
  });

  it('says which line to Asterisk is cut, and takes it back', async () => {
    const { page, close } = await visit(browser, demo.daemon.url);
    demo.pbx.ami.refuseLogins(true);
    demo.pbx.ami.dropClients();
    await page.getByText('No line to Asterisk: demo/ami.').waitFor({ timeout: 20_000 });
    demo.pbx.ami.refuseLogins(false);
    await page.getByText('No line to Asterisk: demo/ami.').waitFor({ state: 'detached', timeout: 30_000 });
    await close();
  });
});
