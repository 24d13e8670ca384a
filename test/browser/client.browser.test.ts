// /client.js in a page of the daemon's own origin, in a real browser, against a daemon that is killed and started again.
import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLine } from '../client/line.ts';
import { startDaemon, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';
import { openBrowser, openPage, type Watched } from './browser.ts';

/** Port 9 answers nobody: records come over HTTP here. */
const ami = { username: 'cdrd', secret: 'x', host: '127.0.0.1', port: 9 };
const systems = [{ name: 'pbx1', timezone: 'UTC', ami }];
const password = 'correct horse battery';
describe('/client.js in a browser', () => {
  const { folder, remove } = tempFolder();
  let daemon: Daemon;
  let browser: Browser;
  let watched: Watched;
  let page: Page;
  let count = 0;

  const start = (port: number) => startDaemon(folder, { systems, listeners: [{ host: '127.0.0.1', port }] });
  /** A page of that origin. The daemon's own pages may run no script: the policy is set aside, the network and the cookies are real. */
  const visit = async (origin: string): Promise<Watched> => {
    const opened = await openPage(browser, { bypassCSP: true });
    await opened.page.goto(`${origin}/healthz`);
    const load = "import('/client.js').then(({ connect }) => { globalThis.cdrd = connect({ url: location.origin }); })";
    await opened.page.evaluate(load);
    return opened;
  };
  const run = <Answer>(body: string, where = page): Promise<Answer> => where.evaluate(`(async () => { ${body} })()`);
  const logIn = (where = page) => run<{ name: string }>(`return cdrd.session.login('una', '${password}')`, where);
  const put = async (more: number) => {
    const records = Array.from({ length: more }, () => {
      count += 1;
      // At random, that it stays long when it is compressed.
      const channel = { uniqueid: `1795314479.${count}`, sequence: count, userfield: randomBytes(500).toString('hex') };
      const times = { start: '2026-11-22T03:15:29Z', duration: 5, billsec: 3 };
      return { ...channel, ...times, disposition: 'ANSWERED', accountcode: 'acme', src: '101', dst: '102' };
    });
    await daemon.post('/api/v1/cdrs', records);
  };
  const upTo = (most: number) => Array.from({ length: most }, (_, at) => at + 1);

  beforeAll(async () => {
    daemon = await start(0);
    await put(5);
    await daemon.post('/api/v1/users', { name: 'una', password, role: 'billing', companies: ['acme'] });
    browser = await openBrowser();
    watched = await visit(daemon.url);
    ({ page } = watched);
  });
  afterAll(async () => {
    await browser.close();
    await daemon.end();
    remove();
  });

  it('logs in with a cookie that no script can read, and lists with it', async () => {
    const refused = await run('try { await cdrd.cdrs.list() } catch (error) { return [error.name, error.status] }');
    expect(refused).toEqual(['ApiError', 401]);
    expect(await logIn()).toMatchObject({ kind: 'user', name: 'una', companies: ['acme'] });
    expect(await run('return document.cookie')).toBe('');
    expect(await run('return (await cdrd.cdrs.list({ limit: 2 })).cdrs.map(({ id }) => id)')).toEqual([1, 2]);
    expect(await run('const ids = []; for await (const { id } of cdrd.cdrs.all()) ids.push(id); return ids')).toEqual(
      upTo(5),
    );
  });

  it('hears each record once, in order, though the daemon is killed, or stopped, and started again', async () => {
    await run(`globalThis.seen = []; globalThis.states = [];
      const onState = (state) => states.push(state);
      cdrd.live({ after: 0, retryMs: { first: 20, most: 200 }, onState }).each((event) => {
        if (event.type === 'cdr') seen.push(event.seq);
      }).catch((error) => { globalThis.over = error.message });`);
    const heard = () => run<number[]>('return seen');
    await until(async () => (await heard()).length === 5, 'the past');
    const { port } = new URL(daemon.url);
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      await put(20);
      await daemon.end(signal);
      daemon = await start(Number(port));
      await put(20);
      await until(async () => (await heard()).at(-1) === count, 'what came meanwhile', 20_000);
    }
    expect(await heard()).toEqual(upTo(125));
    expect((await run<string[]>('return states')).filter((state) => state === 'waiting').length).toBeGreaterThanOrEqual(
      3,
    );
  });

  it('exports as rows and as the very text of the file, and goes on when the line is cut', async () => {
    for (let at = 0; at < 6; at++) await put(1000);
    const line = await openLine(daemon.url);
    const other = await visit(line.url);
    await logIn(other.page);
    line.cutAfter(1_000_000);
    const asked: string[] = [];
    other.page.on('request', (request) => void (/cdrs\.ndjson/.test(request.url()) && asked.push(request.url())));
    const ids = await run<number[]>(
      `const ids = [];
      const options = { retryMs: { first: 5, most: 20 } };
      for await (const { id } of cdrd.cdrs.export({}, options).rows()) ids.push(id);
      return ids`,
      other.page,
    );
    expect(ids).toEqual(upTo(count));
    expect(line.cuts).toBe(1);
    // What came before the cut is not asked for again: one request for each side of it.
    expect(asked).toHaveLength(2);
    const columns = "{ format: 'csv', columns: ['id', 'src', 'start'] }";
    const isSame = `let text = '';
      for await (const part of cdrd.cdrs.export({ company: 'acme' }, ${columns})) text += part;
      return text === (await (await fetch('/api/v1/cdrs.csv?company=acme&columns=id,src,start')).text())`;
    expect(await run(isSame, other.page)).toBe(true);
    await other.close();
    await line.close();
  });

  it('hears nothing more once it has logged out', async () => {
    await run('await cdrd.session.logout()');
    const again = await run('try { await cdrd.cdrs.list() } catch (error) { return error.status }');
    expect(again).toBe(401);
    await until(() => run('return globalThis.over'), 'the end of the feed', 30_000);
    expect(await run('return over')).toMatch(/session/);
  });
});
