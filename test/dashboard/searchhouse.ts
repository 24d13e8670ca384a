// Three thousand calls of a day, in a daemon that a real browser looks at: more than the page keeps of a list at once.
import type { Browser } from 'playwright-core';
import { openBrowser } from '../browser/browser.ts';
import { openDemo, type Demo } from './demo.ts';

/** More than the page keeps of a list at once. */
export const total = 3000;
const begin = Date.now() - 20 * 3_600_000;

/** One every ten seconds; each third one is missed, each fifth of beta. */
function record(at: number) {
  const start = begin + at * 10_000;
  const iso = (ms: number) => new Date(ms).toISOString();
  const isMissed = at % 3 === 0;
  const times = isMissed
    ? { start: iso(start), end: iso(start + 9000), duration: 9, billsec: 0, disposition: 'NO ANSWER' }
    : {
        start: iso(start),
        answer: iso(start + 4000),
        end: iso(start + 64_000),
        duration: 64,
        billsec: 60,
        disposition: 'ANSWERED',
      };
  const company = at % 5 === 0 ? 'beta' : 'acme';
  const ids = {
    uniqueid: `${Math.floor(start / 1000)}.${at}`,
    linkedid: `${Math.floor(start / 1000)}.${at}`,
    sequence: 1_000_000 + at,
  };
  const channels = {
    channel: `PJSIP/${company}-101-${at.toString(16).padStart(8, '0')}`,
    dstchannel: `PJSIP/${company}-102-${(at + 65_536).toString(16).padStart(8, '0')}`,
  };
  return {
    system: 'demo',
    ...ids,
    ...times,
    ...channels,
    accountcode: company,
    src: '101',
    dst: '102',
    lastapp: 'Dial',
  };
}

export interface SearchHouse {
  demo: Demo;
  browser: Browser;
  close(): Promise<void>;
}

export async function openSearchHouse(): Promise<SearchHouse> {
  const demo = await openDemo();
  for (let at = 0; at < total; at += 500) {
    await demo.daemon.post(
      '/api/v1/cdrs',
      Array.from({ length: 500 }, (_, more) => record(at + more)),
    );
  }
  const browser = await openBrowser();
  const close = async () => {
    await browser.close();
    await demo.close();
  };
  return { demo, browser, close };
}
