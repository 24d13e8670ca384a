// A real browser without a window, and pages that keep all that goes wrong in them.
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { browserPath } from './path.ts';

/** As root there is no sandbox to be had; the pages are our own. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath()!, args: ['--disable-dev-shm-usage'], timeout: 30_000 });
}

export interface Watched {
  page: Page;
  /** What the console complained of (a policy that was violated is told there), scripts threw, and requests that failed. */
  faults: string[];
  close(): Promise<void>;
}

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('requestfailed', (request) => faults.push(`${request.url()}: ${request.failure()?.errorText}`));
  return { page, faults, close: () => context.close() };
}
