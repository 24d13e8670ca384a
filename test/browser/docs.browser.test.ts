// /docs as a person sees it: nothing goes wrong, everything is there, on a telephone too, by day and by night.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Openapi } from '../http/documented.ts';
import { ask, openHouse, type House } from '../http/support.ts';
import { openBrowser, openPage } from './browser.ts';

const openAll = "for (const details of document.querySelectorAll('details')) details.open = true";
/** What reaches beyond the right edge of the window. */
const beyond = `[...document.querySelectorAll('body *')]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
  .map((element) => element.outerHTML.slice(0, 100))`;
/** The worst contrast of a text with its background, as WCAG 2 reckons it. */
const contrast = `(() => {
  const probe = document.createElement('canvas').getContext('2d');
  const light = (color) => {
    probe.fillStyle = color;
    probe.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...probe.getImageData(0, 0, 1, 1).data].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const paper = light(matchMedia('(prefers-color-scheme: dark)').matches ? '#121212' : '#ffffff');
  const texts = ['body', 'a', 'summary span', 'dt i', 'dd', 'summary b'].map((name) => document.querySelector(name));
  return Math.min(...texts.map((element) => {
    const ink = light(getComputedStyle(element).color);
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  }));
})()`;

describe('/docs in a browser', () => {
  let house: House;
  let browser: Browser;
  beforeAll(async () => {
    house = await openHouse();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await house.close();
  });
  const open = async (options: Parameters<typeof openPage>[1] = {}) => {
    const watched = await openPage(browser, options);
    await watched.page.goto(`${house.url}/docs`);
    return watched;
  };

  it('shows every operation, and nothing goes wrong: no error, no violated policy, no failed request', async () => {
    const { page, faults, close } = await open();
    const { body } = await ask<Openapi>(house, 'GET', '/openapi.json');
    const said = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { summary }]) => `${method.toUpperCase()} ${path} ${summary}`),
    );
    for (const [name, { post }] of Object.entries(body.webhooks)) said.push(`POST ${name} ${post.summary}`);
    const lines = page.locator('main section:not(#shapes) summary');
    const shown = (await lines.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
    expect(shown.sort()).toEqual(said.sort());
    const heights = await page.evaluate<number[]>(
      "[...document.querySelectorAll('main summary')].map((line) => line.getBoundingClientRect().height)",
    );
    expect(Math.min(...heights)).toBeGreaterThan(15);
    expect(await page.title()).toBe('cdrd API');
    expect(faults).toEqual([]);
    await close();
  });

  it('would be seen here if a policy were violated', async () => {
    const { page, faults, close } = await open();
    await page.addScriptTag({ content: '1' }).catch(() => undefined);
    expect(faults.join()).toContain('Content Security Policy');
    await close();
  });

  it('opens an operation by a click, and the shapes it links to', async () => {
    const { page, close } = await open();
    const list = page.locator('details', { has: page.locator('#listCdrs') });
    expect(await list.getByText('most records in the answer').isVisible()).toBe(false);
    await list.locator('summary').click();
    expect(await list.getByText('most records in the answer').isVisible()).toBe(true);
    const shape = page.locator('details', { has: page.locator('#shape-CdrPage') }).locator('dl');
    expect(await shape.isVisible()).toBe(false);
    await list.locator('a[href="#shape-CdrPage"]').first().click();
    await shape.waitFor({ state: 'visible', timeout: 5000 });
    await close();
  });

  it.each([320, 380, 768, 1280])('with everything open fits into a window of %i pixels', async (width) => {
    const { page, close } = await open({ viewport: { width, height: 800 } });
    await page.evaluate(openAll);
    expect(await page.evaluate(beyond)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await close();
  });

  it.each(['light', 'dark'] as const)('can be read in %s colours', async (colorScheme) => {
    const { page, close } = await open({ colorScheme });
    expect(await page.evaluate(contrast)).toBeGreaterThan(4.5);
    await close();
  });
});
