// How the page is looked at: both widths in both themes, what must hold in each of them, and what of the console is no fault.
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { complaints } from './axe.ts';

const widths = [380, 1280] as const;
const themes = ['light', 'dark'] as const;
/** Width and theme. */
export const looks = widths.flatMap((width) => themes.map((theme) => [width, theme] as const));

export function lookOf(width: number, colorScheme: 'light' | 'dark'): BrowserContextOptions {
  return { viewport: { width, height: 800 }, colorScheme };
}

/** The 401 before one is signed in, the 503 of /readyz, and requests that a view has left behind are what is meant to be. */
export function isFault(text: string): boolean {
  return !/401|503|ERR_ABORTED/.test(text);
}

let pictures = 0;

/** Kept where CDRD_LOOKS names a folder, for somebody to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['CDRD_LOOKS'];
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

/** axe finds nothing, and nothing stands out at the side. */
export async function expectFit(page: Page, width: number): Promise<void> {
  const view = new URL(page.url()).searchParams.get('view') ?? 'first';
  await picture(page, `${view}-${width}-${process.pid}-${++pictures}`);
  expect(await complaints(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
}
