// Calls that were really made: each file in test/calls says what people did, what it left in the CDRs, and which calls these are.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callOf, callWithPath } from '../../src/cdr/call.ts';
import type { StoredCdr } from '../../src/cdr/cdr.ts';
import { groupsOf } from '../../src/cdr/groups.ts';
import { files, read } from './situation.ts';

const toldOf = (records: readonly StoredCdr[]) => {
  const call = callOf(records);
  return {
    caller: call.caller,
    dialled: call.called,
    wanted: call.wanted,
    answered_by: call.answeredBy,
    direction: call.direction,
    outcome: call.outcome,
    answered: call.outcome === 'answered',
    ring_seconds: call.ring === null ? null : call.ring / 1e6,
    queue_seconds: call.queue === null ? null : call.queue / 1e6,
    talk_seconds: call.talk / 1e6,
    transfers: call.transfers,
    legs: call.legs,
  };
};
/** To a second a leg: closeTo takes digits, and half a unit of the last one. */
const about = (seconds: number | null, legs: number) =>
  seconds === null ? null : (expect.closeTo(seconds, -Math.log10(2 * Math.max(1, legs))) as number);

function judge(file: string): void {
  const { expected, records } = read(file);
  const groups = groupsOf(records).sort((a, b) => callOf(a).start - callOf(b).start);
  expect(groups.map(toldOf)).toEqual(
    expected.map(({ ring_seconds: ring, queue_seconds: queue = null, talk_seconds: talk, legs, ...rest }) => ({
      ...{
        ...rest,
        legs,
        talk_seconds: about(talk, legs),
        ring_seconds: about(ring, 1),
        queue_seconds: about(queue, 1),
      },
    })),
  );
}

describe('a real call', () => {
  it('is one of the extension that forwards, though its phone never rings', () => {
    const { records } = read('forward-to-mobile.txt');
    expect(callOf(records).extensions).toEqual(['108']);
  });

  it('is one of the extension whose phone is off, too, so that a filter finds what was missed', () => {
    const { records } = read('internal-phone-not-registered.txt');
    expect(callOf(records).extensions).toEqual(['101', '109']);
  });

  it.each(files)('is told as it was: %s', judge);

  it.each([
    ...['of-group', 'of-one-phone', 'from-ring-group', 'from-ring-group-local-channels'],
    ...['from-queue', 'from-queue-local-members'],
  ])('is answered as soon as it was picked up, though the record of the talk is yet to come: pickup-%s', (name) => {
    const { expected, records } = read(`pickup-${name}.txt`);
    const end = Math.max(...records.map((record) => record.end ?? 0));
    const call = callOf(records.filter((record) => end - (record.end ?? 0) > 1e6));
    expect(call).toMatchObject({ outcome: 'answered', answeredBy: null, answer: null, talk: 0, transfers: [] });
    expect(call.ring! / 1e6).toEqual(about(expected[0]!.ring_seconds, 1));
  });

  it.each(['of-group', 'of-one-phone', 'from-ring-group', 'from-queue', 'from-queue-local-members'])(
    'is answered by the record that comes at the pickup, that of the phone that rang, which does not say for whom: pickup-%s',
    (name) => {
      const { records, expected } = read(`pickup-${name}.txt`);
      const [phone] = records;
      expect(phone).toMatchObject({ dstchannel: '', lastapp: expect.stringMatching(/^App(Dial|Queue)$/) as string });
      const call = callOf([phone!]);
      expect(call).toMatchObject({ outcome: 'answered', answeredBy: null, answer: null, talk: 0, transfers: [] });
      expect(call).toMatchObject({ caller: null, called: null, direction: null, extensions: [phone!.src] });
      expect(expected[0]!.wanted).toContain(call.wanted.join());
      // Whoever dialled the code where nothing rang, by whichever way, has picked nothing up.
      for (const lastapp of ['', 'Pickup']) expect(callOf([{ ...phone!, lastapp }]).outcome).not.toBe('answered');
    },
  );

  it.each(['*8', '*8102', '**102'])('is answered as soon as it was picked up, by whichever code: %s', (dst) => {
    const { records } = read('pickup-of-group.txt');
    const ringing = records.slice(0, 2).map((one) => (one.dst === '*8' ? { ...one, dst } : one));
    expect(callOf(ringing)).toMatchObject({ outcome: 'answered', wanted: ['102'], transfers: [] });
  });

  it.each(files)('is told alike by a source of whole seconds, but how long it rang and was talked: %s', (file) => {
    const { expected, records } = read(file, true);
    expect(records.filter(({ start }) => start % 1e6 !== 0)).toEqual([]);
    const groups = groupsOf(records).sort((a, b) => callOf(a).start - callOf(b).start);
    const spans = { ring_seconds: null, queue_seconds: null, talk_seconds: 0 };
    expect(groups.map((group) => ({ ...toldOf(group), ...spans }))).toEqual(
      expected.map((call) => ({ ...call, ...spans })),
    );
  });

  it.each(files)('is the same in whatever order its records came: %s', (file) => {
    const { records } = read(file);
    // Ids are the order in which they came.
    const toldIn = (order: readonly StoredCdr[]) =>
      groupsOf(order.map((one, at) => ({ ...one, id: at + 1 })))
        .map((group) => {
          const { path, ...call } = callWithPath(group);
          return { ...call, path: path.map(({ cdrs: _, ...leg }) => leg) };
        })
        .sort((a, b) => a.start - b.start);
    const told = toldIn(records);
    const orders = fc.shuffledSubarray(records, { minLength: records.length });
    fc.assert(
      fc.property(orders, (order) => void expect(toldIn(order)).toEqual(told)),
      { numRuns: 20 },
    );
  });
});
