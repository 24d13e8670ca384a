// What is wrong with a page for those who see, hear or move otherwise, as far as a program can tell.
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { run } from './demo.ts';

const axe = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** What axe complains of, by WCAG 2.2 AA and the rules beside it. */
export async function complaints(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return run(
    page,
    `const { violations } = await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ' ' + html.slice(0, 160) + ' ' + failureSummary))`,
  );
}
