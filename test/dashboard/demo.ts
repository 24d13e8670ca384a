// The real daemon with the demo's PBX, and the page of it in a real browser.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { openPbx, type Pbx } from '../../src/simulator/pbx.ts';
import { recommendedMappings } from '../../src/simulator/record.ts';
import { openBrowser, openPage, type Watched } from '../browser/browser.ts';
import { adminToken, startDaemon, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';

export interface Demo {
  pbx: Pbx;
  daemon: Daemon;
  close(): Promise<void>;
}

/** `more` is said of the line to AMI. */
export async function openDemo(more: object = {}): Promise<Demo> {
  const { folder, remove } = tempFolder();
  const tableUrl = `sqlite:${folder}/master.db`;
  const ami = { host: '127.0.0.1', port: 0, username: 'cdrd', secret: 's3cret' };
  const mappings = [...recommendedMappings, ['company', 'Company'], ['did', 'Did']] as const;
  const pbx = await openPbx({ ami, tableUrl, mappings, timezone: 'UTC', channels: true });
  const told = { username: 'cdrd', secret: 's3cret', port: pbx.amiPort, events: 'calls', ...more };
  const table = { url: tableUrl, timezone: 'UTC', poll_seconds: 1 };
  const daemon = await startDaemon(folder, { systems: [{ name: 'demo', timezone: 'UTC', ami: told, table }] });
  await pbx.ami.whenListening();
  const close = async () => {
    await daemon.end();
    await pbx.close();
    remove();
  };
  return { pbx, daemon, close };
}

/** Signed in by the token; `path` is what follows the slash. What the browser says of the one 401 before that is no fault. */
export async function visit(
  browser: Browser,
  url: string,
  path = '',
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const opened = await openPage(browser, { locale: 'en-GB', timezoneId: 'UTC', ...options });
  await opened.page.goto(`${url}/${path}#token=${adminToken}`);
  await opened.page.locator('[data-line=live]').waitFor({ timeout: 20_000 });
  return opened;
}

export const run = <Answer>(page: Page, body: string): Promise<Answer> => page.evaluate(`(async () => { ${body} })()`);

/** The lines in sight: the key of each, and its cells by their names. */
export function linesOf(page: Page): Promise<({ key: string } & Record<string, string>)[]> {
  return run(
    page,
    `return [...document.querySelectorAll('.run [role=row]')]
      .map((row) => ({ row, top: row.getBoundingClientRect().top }))
      .sort((a, b) => a.top - b.top)
      .map(({ row }) => ({
        key: row.dataset.key,
        ...Object.fromEntries([...row.children].map((cell) => [cell.classList[1], cell.textContent])),
      }))`,
  );
}

/** Waits until a line fits. */
export async function untilLine(page: Page, what: string, fits: (line: Record<string, string>) => boolean) {
  return until(async () => (await linesOf(page)).find(fits), what, 20_000);
}

/** For all tests of the file or block it is called in: a demo and a browser. */
export interface Stage {
  demo: Demo;
  browser: Browser;
}

/** Both are there once the tests begin, with what `play` has made of the demo, and gone after the last of them. */
export function openStage(play: (demo: Demo) => Promise<unknown> = async () => undefined): Stage {
  const stage = {} as Stage;
  beforeAll(async () => {
    stage.demo = await openDemo();
    stage.browser = await openBrowser();
    await play(stage.demo);
  });
  afterAll(async () => {
    await stage.browser.close();
    await stage.demo.close();
  });
  return stage;
}
