// A call in full: what is written beside its records, and that its lines can be read whatever they say.
import { describe, expect, it } from 'vitest';
import type { Cdr } from '../../src/http/dialects/native/answers.ts';
import { openPage } from '../browser/browser.ts';
import { adminToken } from '../support/daemon.ts';
import { openStage, run } from './demo.ts';

describe('a call in full', () => {
  const stage = openStage();

  let count = 0;
  /** The id of a record of its own call. */
  async function put(more: object = {}): Promise<number> {
    count += 1;
    const uniqueid = `${Math.floor(Date.now() / 1000)}.${count}`;
    const times = { start: new Date(Date.now() - 3_600_000).toISOString(), duration: 60, billsec: 50 };
    const channels = { channel: `PJSIP/101-0000000${count}`, dstchannel: `PJSIP/103-0000000${count}` };
    const said = { disposition: 'ANSWERED', src: '101', dst: '103', lastapp: 'Dial', ...more };
    await stage.demo.daemon.post('/api/v1/cdrs', [{ system: 'demo', uniqueid, ...times, ...channels, ...said }]);
    const { cdrs } = await stage.demo.daemon.get<{ cdrs: Cdr[] }>('/api/v1/cdrs?order=-id&limit=1');
    return cdrs[0]!.id;
  }
  /** 102 answers, and sends the caller on. */
  async function putTransferred(src: string, target: string, channel = '103'): Promise<number> {
    const name = `1.${++count}`;
    const whole = { src, channel: `PJSIP/trunk-telco-0000000${count}`, linkedid: name, uniqueid: name };
    const [start, over] = [7_200_000, 7_190_000].map((ago) => new Date(Date.now() - ago).toISOString());
    const to = (dst: string, channel: string) => ({
      dst,
      dstchannel: `PJSIP/${channel}-0000000${count}`,
      lastdata: `PJSIP/${channel}`,
    });
    const first = {
      ...whole,
      ...to('102', '102'),
      sequence: 1,
      start,
      answer: start,
      end: over,
      duration: 10,
      billsec: 10,
    };
    const id = await put(first);
    await put({ ...whole, ...to(target, channel), sequence: 2, start: over, answer: over });
    return id;
  }
  const recordOf = (id: number) => stage.demo.daemon.get<Cdr>(`/api/v1/cdrs/${id}`);
  async function open(id: number, { token = adminToken, width = 1280 } = {}) {
    const opened = await openPage(stage.browser, {
      locale: 'en-GB',
      timezoneId: 'UTC',
      viewport: { width, height: 800 },
    });
    await opened.page.goto(`${stage.demo.daemon.url}/?view=search&kind=records&record=${id}#token=${token}`);
    const panel = opened.page.getByRole('complementary');
    await panel.getByText('Timeline').waitFor();
    return { ...opened, panel };
  }

  it('writes of note and tags what was changed, so what others wrote meanwhile stays', async () => {
    const id = await put();
    const [one, other] = [await open(id), await open(id)];
    const save = async ({ page, panel }: typeof one, given: { Note?: string; Tags?: string }) => {
      for (const [label, text] of Object.entries(given)) await panel.getByLabel(label).fill(text);
      const answer = page.waitForResponse((response) => response.request().method() === 'PATCH');
      await panel.getByRole('button', { name: 'Save' }).click();
      expect((await answer).status()).toBe(200);
      await panel.getByText('Saved.').waitFor();
      const { note, tags } = await recordOf(id);
      return { note, tags };
    };
    expect(await save(one, { Note: 'first', Tags: 'vip' })).toEqual({ note: 'first', tags: ['vip'] });
    expect(await save(other, { Note: 'second' })).toEqual({ note: 'second', tags: ['vip'] });
    // The form has now what the record says, also where something was typed before.
    expect(await other.panel.getByLabel('Tags').inputValue()).toBe('vip');
    expect(await save(other, { Tags: 'vip, lift' })).toEqual({ note: 'second', tags: ['lift', 'vip'] });
    expect(await save(one, { Tags: 'vip, late' })).toEqual({ note: 'second', tags: ['late', 'vip'] });
    expect(await one.panel.getByLabel('Note').inputValue()).toBe('second');
    expect(await save(other, { Note: '' })).toEqual({ note: null, tags: ['late', 'vip'] });
    expect(await save(one, {})).toEqual({ note: null, tags: ['late', 'vip'] });
    await one.close();
    await other.close();
  });

  it('keeps what was typed until it is saved or thrown away: over Escape, another call, and a new sign-in', async () => {
    const [id, otherId] = [await put(), await put({ src: '104' })];
    const { page, panel, close } = await open(id);
    const note = panel.getByLabel('Note');
    const unsaved = panel.locator('.record > summary').getByText('Not saved yet');
    const openRecord = async (record: number) => {
      await page.locator(`[data-key="${record}"]`).click();
      await panel.getByText('Timeline').waitFor();
      await panel.getByText(`Record ${record}`).waitFor();
    };
    await note.fill('call back');
    await unsaved.waitFor();
    await page.keyboard.press('Escape');
    await openRecord(otherId);
    expect(await note.inputValue()).toBe('');
    expect(await unsaved.count()).toBe(0);
    await openRecord(id);
    expect(await note.inputValue()).toBe('call back');
    await panel.getByRole('button', { name: 'Throw away' }).click();
    expect([await note.inputValue(), await unsaved.count()]).toEqual(['', 0]);
    await page.keyboard.press('Escape');
    await openRecord(id);
    expect(await note.inputValue()).toBe('');

    await panel.getByLabel('Tags').fill('vip');
    await page.context().clearCookies();
    await panel.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('The session is over').waitFor();
    await page.getByRole('textbox', { name: 'Token' }).fill(adminToken);
    await page.keyboard.press('Enter');
    await unsaved.waitFor();
    expect(await panel.getByLabel('Tags').inputValue()).toBe('vip');
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('Saved.').waitFor();
    expect([(await recordOf(id)).tags, await unsaved.count()]).toEqual([['vip'], 0]);
    await close();
  });

  it('keeps a tag whole that has a comma in it, and makes several of what is typed with commas', async () => {
    const id = await put();
    const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ tags: ['Mills, J.', 'vip'] });
    await fetch(`${stage.demo.daemon.url}/api/v1/cdrs/${id}`, { method: 'PATCH', headers, body });
    const { panel, close } = await open(id);
    const tags = panel.getByLabel('Tags, separated by commas');
    await tags.fill(`${await tags.inputValue()}, late, lift`);
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('Saved.').waitFor();
    expect([...(await recordOf(id)).tags].sort()).toEqual(['Mills, J.', 'late', 'lift', 'vip']);
    await close();
  });

  it('has the caller before the called in every line, whichever way they are written', async () => {
    const [src, dst] = ['مرحبا', '102'];
    const { page, panel, close } = await open(await putTransferred(src, '103'));
    const turned = await run<string[]>(
      page,
      `const placeOf = (line, text) => {
        const walk = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        while (walk.nextNode() && !walk.currentNode.data.includes(text));
        const range = document.createRange();
        const at = walk.currentNode.data.indexOf(text);
        range.setStart(walk.currentNode, at);
        range.setEnd(walk.currentNode, at + text.length);
        return range.getBoundingClientRect();
      };
      return ['.parties', '.leg', '.record > summary'].filter((name) => {
        const line = document.querySelector('.panel ' + name);
        return placeOf(line, '${src}').right > placeOf(line, '${dst}').left;
      });`,
    );
    expect(turned).toEqual([]);
    const isolated = (...texts: string[]) => texts.map((text) => `\u2068${text}\u2069`).join(' → ');
    expect(await panel.locator('.track').first().getAttribute('title')).toContain(isolated(src, dst));
    expect(await panel.locator('.transfers').innerText()).toContain(isolated('102', '103'));
    await close();
  });

  it('is as wide as a narrow screen, however long what was told without spaces is', async () => {
    const long = 'a'.repeat(79);
    const id = await putTransferred(long, long, long);
    const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ note: long, tags: [long.slice(0, 64)] });
    await fetch(`${stage.demo.daemon.url}/api/v1/cdrs/${id}`, { method: 'PATCH', headers, body });
    const reader = { name: 'reader', scope: 'read', companies: null };
    const { secret } = await stage.demo.daemon.post<{ secret: string }>('/api/v1/tokens', reader);
    const { page, panel, close } = await open(id, { token: secret, width: 380 });
    await panel.locator('.record[open]').getByText('Raw record').click({ timeout: 5000 });
    await panel.getByRole('rowheader', { name: 'uniqueid' }).waitFor();
    const wide = await run<string[]>(
      page,
      `const panel = document.querySelector('.panel');
      return ['.parties', '.leg', '.record > summary', '.tag', '.transfers', 'p.note', '.fields'].filter((name) => {
        const range = document.createRange();
        range.selectNodeContents(panel.querySelector(name));
        return range.getBoundingClientRect().right > innerWidth;
      });`,
    );
    expect(wide).toEqual([]);
    await close();
  });
});
