// What the feed says of a store that goes away; what it tells is tested through /live and with ingest.
import { expect, it } from 'vitest';
import { Feed } from '../../src/feed/feed.ts';
import { openLog } from '../../src/log.ts';
import type { Store } from '../../src/store/store.ts';
import { until } from '../support/until.ts';

it('tells once that the change sequence cannot be read, and once that it can again, however often it looks', async () => {
  const lines: { level: string; msg: string }[] = [];
  const to = { write: (line: string) => void lines.push(JSON.parse(line) as { level: string; msg: string }) };
  let looks = 0;
  let isAway = false;
  const head = async () => {
    looks += 1;
    if (isAway) throw new Error('connect ECONNREFUSED');
    return 1;
  };
  const feed = await Feed.open({ head } as unknown as Store, openLog({ level: 'info', format: 'json' }, to), 2);
  const away = { level: 'warn', msg: 'the change sequence cannot be read, trying again until it can' };
  const back = { level: 'info', msg: 'the change sequence can be read again' };
  const said = () => lines.map(({ level, msg }) => ({ level, msg }));
  for (const state of [true, false, true]) {
    isAway = state;
    const before = looks;
    await until(() => looks > before + 5, 'the feed to look some times');
  }
  feed.close();
  expect(said()).toEqual([away, back, away]);
});
