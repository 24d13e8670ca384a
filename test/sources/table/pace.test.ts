import { describe, expect, it } from 'vitest';
import { Writable } from 'node:stream';
import { openLog } from '../../../src/log.ts';
import { Pace } from '../../../src/sources/table/pace.ts';
import type { TableReader } from '../../../src/sources/table/reader.ts';
import { configOf } from './watch.ts';

/** A reader whose SELECTs take as long as they are told, and a clock that sleeps at once. */
function paced(share: number) {
  const messages: string[] = [];
  const to = new Writable({
    write(line: Buffer, _encoding, done) {
      messages.push((JSON.parse(line.toString()) as { msg: string }).msg);
      done();
    },
  });
  let now = 0;
  let takes = 0;
  const slept: number[] = [];
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      slept.push(ms);
      now += ms;
    },
  };
  const pace = new Pace(
    configOf('sqlite:/x', { slow_seconds_per_minute: share }),
    openLog({ level: 'info', format: 'json' }, to),
    clock,
  );
  const reader = {
    select: async () => {
      now += takes;
      return [];
    },
  } as unknown as TableReader;
  const select = async (ms: number) => {
    takes = ms;
    await pace.over(reader, new AbortController().signal).select((query) => query);
  };
  return { select, slept, messages, pass: (ms: number) => void (now += ms) };
}

describe('the pace of SELECTs', () => {
  it('lets quick ones follow each other', async () => {
    const { select, slept, messages } = paced(6);
    for (let n = 0; n < 5; n += 1) await select(250);
    expect({ slept, messages }).toEqual({ slept: [], messages: [] });
  });

  it('rests after slow ones so that no more than the share of each minute is taken, and says so once', async () => {
    const { select, slept, messages, pass } = paced(6);
    await select(2000);
    await select(2000);
    await select(10);
    await select(2000);
    await select(10);
    expect(slept).toEqual([2000, 18_000, 18_000]);
    const told = expect.stringMatching(
      /^a SELECT took 2\.0 s; .* 6 s of a minute .*: 18\.0 s after one like this$/,
    ) as string;
    expect(messages).toEqual([told]);
    pass(600_000);
    await select(10);
    await select(10);
    expect(messages).toEqual([told, 'SELECTs are quick again']);
  });

  it('rests after one alone as long as it took: a server that stood still for a moment is no slow table', async () => {
    const { select, slept, pass } = paced(6);
    await select(14_000);
    await select(10);
    pass(600_000);
    await select(10);
    await select(14_000);
    await select(10);
    expect(slept).toEqual([14_000, 14_000]);
  });

  it('counts the time that passed anyway', async () => {
    const { select, slept, pass } = paced(30);
    await select(1000);
    pass(700);
    await select(1000);
    pass(2000);
    await select(10);
    expect(slept).toEqual([300]);
  });
});
