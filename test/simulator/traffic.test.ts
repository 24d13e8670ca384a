// Traffic on a turned clock: hours of calls in a moment.
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import type { Clock } from '../../src/simulator/clock.ts';
import { openIds } from '../../src/simulator/ids.ts';
import { companies, outsiders } from '../../src/simulator/companies.ts';
import { longestCall, nextCall, weights } from '../../src/simulator/mix.ts';
import { openRandom } from '../../src/simulator/random.ts';
import type { PbxRecord } from '../../src/simulator/record.ts';
import { runTraffic } from '../../src/simulator/traffic.ts';

const BEGIN = 1_800_000_000_000_000;

/** A clock that is turned by every wait. */
function turned(): Clock {
  let now = BEGIN;
  return {
    now: () => now,
    wait: async (ms) => void (now += ms * 1000),
  };
}

interface Heard {
  record: PbxRecord;
  at: number;
}

async function hear(options: { seed: number; rate?: number; seconds?: number }): Promise<Heard[]> {
  const clock = turned();
  const heard: Heard[] = [];
  const emit = (record: PbxRecord): void => void heard.push({ record, at: clock.now() });
  const counts = await runTraffic({ rate: 2, seconds: 600, ...options, clock, emit });
  expect(counts).toEqual({ emitted: heard.length, refused: 0 });
  return heard;
}

describe('runTraffic', () => {
  it('tells the same calls for the same seed, others for another', async () => {
    const first = await hear({ seed: 7 });
    expect(await hear({ seed: 7 })).toEqual(first);
    expect(await hear({ seed: 8 })).not.toEqual(first);
  });

  it('has its rate from the first minute on', async () => {
    const heard = await hear({ seed: 3, rate: 5, seconds: 60 });
    const calls = new Set(heard.map(({ record }) => record.uniqueid)).size;
    expect(calls).toBeGreaterThan(240);
    expect(calls).toBeLessThan(400);
  });

  it('emits a record when its channel hangs up, at most a millisecond late', async () => {
    const heard = await hear({ seed: 1 });
    for (const { record, at } of heard) {
      const chain = heard.filter((other) => other.record.uniqueid === record.uniqueid);
      const late = at - Math.max(...chain.map((other) => other.record.end));
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThanOrEqual(1000);
    }
  });

  it('leaves records whose numbers and times agree', async () => {
    const heard = (await hear({ seed: 5 })).map(({ record }) => record);
    expect(new Set(heard.map((record) => record.sequence)).size).toBe(heard.length);
    for (const record of heard) {
      expect(record.end).toBeGreaterThanOrEqual(record.start);
      expect(record.disposition === 'ANSWERED').toBe(record.answer !== null);
      if (record.answer !== null) {
        expect(record.answer).toBeGreaterThanOrEqual(record.start);
        expect(record.end).toBeGreaterThanOrEqual(record.answer);
      }
    }
    // The first record of a channel starts in the second its uniqueid tells.
    const first = new Map<string, PbxRecord>();
    for (const record of heard) {
      const known = first.get(record.uniqueid);
      if (!known || record.sequence < known.sequence) first.set(record.uniqueid, record);
    }
    for (const [uniqueid, record] of first) {
      expect(uniqueid.split('.')[0]).toBe(String(Math.floor(record.start / 1e6)));
    }
  });

  it('stops in the middle when its signal is aborted', async () => {
    const stop = new AbortController();
    const heard: PbxRecord[] = [];
    const emit = (record: PbxRecord): void => {
      heard.push(record);
      if (heard.length === 3) stop.abort();
    };
    const counts = await runTraffic({ rate: 5, seed: 1, clock: turned(), emit, signal: stop.signal });
    expect(counts.emitted).toBe(3);
  });

  it('passes on what emit throws', async () => {
    const emit = (): never => {
      throw new Error('disk full');
    };
    await expect(runTraffic({ rate: 5, seed: 1, clock: turned(), emit })).rejects.toThrow('disk full');
  });

  it.each([0, -1, NaN, 201])('refuses a rate of %s', async (rate) => {
    await expect(runTraffic({ rate, seed: 1, clock: turned(), emit: () => undefined })).rejects.toThrow(ConfigError);
  });
});

describe('nextCall', () => {
  const random = openRandom(42);
  const ids = openIds();
  const calls = Array.from({ length: 3000 }, (_, index) => nextCall(random, ids, BEGIN + index * 1_000_000));

  it('plays every kind', () => {
    expect(new Set(calls.map((call) => call.kind))).toEqual(new Set(Object.keys(weights)));
  });

  it('never plays a call longer than the traffic looks back', () => {
    for (const [index, { records }] of calls.entries()) {
      for (const record of records) expect(record.end - (BEGIN + index * 1_000_000)).toBeLessThanOrEqual(longestCall);
    }
  });

  it('speaks every disposition an office meets', () => {
    const words = new Set(calls.flatMap((call) => call.records.map((record) => record.disposition)));
    expect(words).toEqual(new Set(['ANSWERED', 'NO ANSWER', 'BUSY', 'CONGESTION']));
  });
});

describe('companies', () => {
  it('are at least four, with 5 to 12 people each, and names beyond ASCII', () => {
    expect(companies.length).toBeGreaterThanOrEqual(4);
    for (const { people } of companies) {
      expect(people.length).toBeGreaterThanOrEqual(5);
      expect(people.length).toBeLessThanOrEqual(12);
    }
    const names = companies.flatMap((company) => company.people.map((person) => person.name)).join(' ');
    expect(names).toMatch(/Zoë.*Müller.*Łukasz.*田中/);
  });

  it('use only numbers set aside for fiction', () => {
    const reserved =
      /^(\+441632960\d{3}|\+4420794609?\d{2,3}|\+447700900\d{3}|\+1\d{3}55501\d{2}|\+493023125\d{3}|\+498999998\d{3}|anonymous)$/;
    const numbers = [...companies.map((company) => company.did), ...outsiders.map((person) => person.number)];
    for (const number of numbers) expect(number).toMatch(reserved);
  });
});
