// What the simulated channels tell, beside what a real Asterisk 22 told of the same calls, and what the live model makes of it.
import { describe, expect, it } from 'vitest';
import type { Disposition } from '../../src/cdr/cdr.ts';
import { Channels } from '../../src/live/channels.ts';
import { factsOf } from '../../src/live/facts.ts';
import { channelLegs } from '../../src/live/legs.ts';
import { dialExtension } from '../../src/simulator/calls.ts';
import { channelEvent } from '../../src/simulator/channelevent.ts';
import { companies } from '../../src/simulator/companies.ts';
import { openIds } from '../../src/simulator/ids.ts';
import { nextCall, type CallKind } from '../../src/simulator/mix.ts';
import { openRandom } from '../../src/simulator/random.ts';
import type { PbxRecord } from '../../src/simulator/record.ts';
import { storyOf } from '../../src/simulator/story.ts';
import { runTraffic } from '../../src/simulator/traffic.ts';
import { captured, readEvent, type Captured } from '../live/captured.ts';

const begin = 1_800_000_000_000_000;
const [caller, callee] = companies[0]!.people as [
  (typeof companies)[0]['people'][0],
  (typeof companies)[0]['people'][0],
];
const read = (records: readonly PbxRecord[]): Captured[] =>
  storyOf(records).map((told) => readEvent(channelEvent(told).replace(/\r\n\r\n$/, '')));
const namesOf = (events: readonly Captured[]) => events.map(({ name }) => name).filter((name) => name !== 'cdr');
const internal = (seconds: number, answer: number | null, unanswered: Disposition = 'NO ANSWER') =>
  dialExtension(openIds(), {
    ...{ caller, callee, unanswered },
    times: { start: begin, answer: answer === null ? null : begin + answer * 1e6, end: begin + seconds * 1e6 },
  });

/** What each record is told when all its events were heard. */
function factsIn(records: readonly PbxRecord[]) {
  const channels = new Channels();
  for (const { event } of read(records)) channels.apply(event!);
  return {
    channels,
    facts: records.map((record) => factsOf(channels.all.get(record.uniqueid)!, record.dstchannel, record.end).facts),
  };
}

describe('the events of a simulated call', () => {
  it.each([
    ['internal-caller-hangs-up', internal(9, 2)],
    ['internal-caller-hangs-up-while-ringing', internal(4, null)],
    ['internal-busy', internal(1, null, 'BUSY')],
    ['internal-no-answer', internal(20, null)],
  ])('come by the names and with the headers of a real one (%s)', (scenario, records) => {
    const real = captured(scenario);
    expect(namesOf(read(records)).sort()).toEqual(namesOf(real).sort());
    const headers = new Map(real.map((event) => [event.name, new Set(Object.keys(event.headers))]));
    for (const { name, headers: own } of read(records))
      expect(Object.keys(own).filter((header) => !headers.get(name)!.has(header))).toEqual([]);
  });

  it('come in the order of a real one until somebody hangs up', () => {
    const untilEnd = (names: string[]) => names.slice(0, names.indexOf('hanguprequest') + 1);
    expect(untilEnd(namesOf(read(internal(9, 2))))).toEqual(untilEnd(namesOf(captured('internal-caller-hangs-up'))));
  });

  it.each([
    ['who hung up', internal(9, 2), { ami_ring_seconds: '1.850', ami_hangup_side: 'caller', ami_hangup_cause: '16' }],
    [
      'that the caller gave up',
      internal(4, null),
      { ami_hangup_side: 'caller', ami_hangup_cause: '19', ami_sip_code: '487' },
    ],
    ['busy', internal(1, null, 'BUSY'), { ami_hangup_side: 'callee', ami_hangup_cause: '17', ami_sip_code: '486' }],
  ])('tell the record %s', (_, records, facts) => {
    expect(factsIn(records).facts).toEqual([expect.objectContaining(facts)]);
  });

  it('tell nobody’s hangup when the time of Dial is over', () => {
    expect(factsIn(internal(20, null)).facts[0]).toEqual({ ami_ring_seconds: '19.849' });
  });

  const random = openRandom(7);
  const ids = openIds();
  const calls = Array.from({ length: 1500 }, (_, at) => nextCall(random, ids, begin + at * 1e6));
  const ofKind = (kind: CallKind) => calls.filter((call) => call.kind === kind);

  it('of every kind end with no channel left, and come in the order of their times', () => {
    for (const { kind, records } of calls) {
      const told = storyOf(records);
      expect(told.map(({ at }) => at)).toEqual(told.map(({ at }) => at).sort((a, b) => a - b));
      expect([kind, factsIn(records).channels.all.live]).toEqual([kind, 0]);
    }
  });

  it('tell the leg behind a transfer who sent it on, and no leg of other calls', () => {
    for (const kind of ['blind-transfer', 'attended-transfer'] as const) {
      for (const { records } of ofKind(kind)) {
        const { facts } = factsIn(records);
        const last = records.at(-1)!;
        const by = records.find(({ uniqueid, end }) => uniqueid === last.uniqueid && end === last.start)!.dst;
        expect(facts.map((fact) => fact['ami_transferrer'] ?? null)).toEqual(
          records.map((record) => (record === last ? by : null)),
        );
      }
    }
    for (const { records } of ofKind('queue'))
      expect(factsIn(records).facts.filter((fact) => fact['ami_transferrer'] !== undefined)).toEqual([]);
  });

  it('show every state that a live call can have', () => {
    const seen = new Set<string>();
    for (const { records } of calls.slice(0, 400)) {
      const channels = new Channels();
      for (const { event } of read(records)) {
        channels.apply(event!);
        for (const linkedid of channels.all.calls)
          for (const { state } of channelLegs(channels.all.call(linkedid))) seen.add(state);
      }
    }
    expect([...seen].sort()).toEqual(['dialing', 'held', 'ringing', 'system', 'talking']);
  });
});

describe('traffic with channels', () => {
  it('has the same records, and tells what happens from its beginning on, each record after its HangupRequest', async () => {
    const run = async (hears: boolean) => {
      let now = begin;
      const all: { at: number; record?: PbxRecord; event?: Captured }[] = [];
      await runTraffic({
        ...{ rate: 2, seed: 3, seconds: 120 },
        clock: { now: () => now, wait: async (ms) => void (now += ms * 1000) },
        emit: (record) => void all.push({ at: now, record }),
        tell: hears
          ? (event) => void all.push({ at: now, event: readEvent(event.replace(/\r\n\r\n$/, '')) })
          : undefined,
      });
      return all;
    };
    const [deaf, heard] = [await run(false), await run(true)];
    const records = heard.flatMap(({ record }) => record ?? []);
    expect(records).toEqual(deaf.flatMap(({ record }) => record ?? []));
    const late = heard.flatMap(({ at, event }) => (event ? [at - event.event!.at] : []));
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThanOrEqual(1000);
    for (const [place, { event }] of heard.entries()) {
      const id = event?.name === 'hanguprequest' && event.headers['Uniqueid'];
      const before = heard
        .slice(0, place)
        .filter(({ record }) => record && record.uniqueid === id && record.end > begin);
      expect(before).toEqual([]);
    }
  });
});
