// What the simulated channels tell, read by cdrd's own model of channels: it must come to what the records say.
import { describe, expect, it } from 'vitest';
import { EventReader } from '../../src/live/event.ts';
import { Channels } from '../../src/live/channels.ts';
import { stepsOf } from '../../src/simulator/channels.ts';
import { openIds } from '../../src/simulator/ids.ts';
import { longestCall, nextCall } from '../../src/simulator/mix.ts';
import { openRandom } from '../../src/simulator/random.ts';

const start = 1_800_000_000_000_000;

function read(text: string, at: number) {
  const lines = text.trimEnd().split('\r\n');
  const reader = new EventReader(lines[0]!.slice('Event: '.length).toLowerCase());
  for (const line of lines.slice(1)) reader.header(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2));
  return reader.read(at);
}

describe('the channels of a simulated call', () => {
  const random = openRandom(11);
  const ids = openIds();
  const calls = Array.from({ length: 300 }, () => nextCall(random, ids, start));

  it('are told in order, from the first beginning to the last end, and none is left over', () => {
    for (const { records } of calls) {
      const channels = new Channels();
      const steps = stepsOf(records);
      expect(steps.map(({ at }) => at)).toEqual(steps.map(({ at }) => at).sort((a, b) => a - b));
      expect(steps[0]!.at).toBe(Math.min(...records.map((record) => record.start)));
      expect(steps.at(-1)!.at).toBeLessThanOrEqual(start + 2 * longestCall);
      for (const { at, event } of steps) channels.apply(read(event, at));
      expect([...channels.all.calls]).toEqual([]);
    }
  });

  it('ring, and talk from the moment the record says', () => {
    const talks = calls.filter(({ kind }) => kind === 'internal');
    expect(talks.length).toBeGreaterThan(10);
    for (const { records } of talks) {
      const [record] = records as [(typeof records)[number]];
      const channels = new Channels();
      const upTo = (until: number) => {
        for (const { at, event } of stepsOf(records)) if (at <= until) channels.apply(read(event, at));
        return channels.all.get(record.uniqueid)!.pairs;
      };
      expect(upTo(record.answer! - 1)).toMatchObject([{ answerAt: null, ringAt: record.start + 400_000 }]);
      expect(upTo(record.answer!)).toMatchObject([{ answerAt: record.answer, overAt: null }]);
    }
  });
});
