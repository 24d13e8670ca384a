// Statistics of calls: what of a call is counted, by what it may be grouped, and how counts are summed. Pure.
import type { Call } from './call.ts';
import { directions, type Direction, type Micros } from './cdr.ts';
import { outcomes, type CallOutcome } from './outcome.ts';

/**
 * hour: of the day, 0 to 23. quarter: of the hour, by its first minute (0, 15, 30, 45). weekday: 1 Monday to 7 Sunday. All, and the day, of
 * the clock of the zone that is asked for.
 */
export const times = ['day', 'weekday', 'hour', 'quarter'] as const;
export type Time = (typeof times)[number];
/** company: each that the call concerns. extension: each that took part, was rung, or was meant and could not be. trunk: each it went over. */
export const sides = ['company', 'extension', 'trunk', 'direction', 'outcome'] as const;
export type Side = (typeof sides)[number];
export const dimensions = [...times, ...sides] as const;
export type Dimension = (typeof dimensions)[number];

/** What of a call the statistics look at, as one reader sees it. */
export interface Counted {
  start: Micros;
  end: Micros;
  direction: Direction | null;
  outcome: CallOutcome;
  /** Milliseconds: sums of years stay whole numbers. */
  talk: number;
  /** Milliseconds; null: nothing rang, or nobody knows how long. */
  ring: number | null;
  records: number;
  extensions: readonly string[];
  trunks: readonly string[];
}

export function countedOf(
  call: Pick<Call, 'start' | 'end' | 'direction' | 'outcome' | 'talk' | 'ring' | 'records' | 'extensions' | 'trunks'>,
): Counted {
  const { start, end, direction, outcome, talk, ring, records, extensions, trunks } = call;
  const millis = (span: Micros) => Math.round(span / 1000);
  const lengths = { talk: millis(talk), ring: ring === null ? null : millis(ring) };
  return { ...lengths, start, end, direction, outcome, records, extensions, trunks };
}

/** Sums of calls. `rung`: how many of them `ring` is the sum of. */
export interface Sums {
  calls: number;
  answered: number;
  records: number;
  talk: number;
  ring: number;
  rung: number;
}

export const noSums: Sums = { calls: 0, answered: 0, records: 0, talk: 0, ring: 0, rung: 0 };
export const sumNames = Object.keys(noSums) as (keyof Sums)[];

/** `times` = -1 takes the call away again. */
export function sumsOf({ outcome, records, talk, ring }: Counted, times = 1): Sums {
  return {
    calls: times,
    answered: outcome === 'answered' ? times : 0,
    records: records * times,
    talk: talk * times,
    ring: (ring ?? 0) * times,
    rung: ring === null ? 0 : times,
  };
}

export function addTo(sums: Sums, more: Sums): void {
  sums.calls += more.calls;
  sums.answered += more.answered;
  sums.records += more.records;
  sums.talk += more.talk;
  sums.ring += more.ring;
  sums.rung += more.rung;
}

/** As small numbers for the store; 0: not known. A number is never given to another word. */
const directionCodes: Record<Direction, number> = { inbound: 1, outbound: 2, internal: 3, transit: 4 };
const outcomeCodes: Record<CallOutcome, number> = {
  answered: 1,
  missed: 2,
  busy: 3,
  voicemail: 4,
  abandoned: 5,
  failed: 6,
  cancelled: 7,
};
export const directionCode = (direction: Direction | null): number =>
  direction === null ? 0 : directionCodes[direction];
export const outcomeCode = (outcome: CallOutcome): number => outcomeCodes[outcome];
export const directionOfCode = (code: number): Direction | null =>
  directions.find((direction) => directionCodes[direction] === code) ?? null;
export const outcomeOfCode = (code: number): CallOutcome => outcomes.find((outcome) => outcomeCodes[outcome] === code)!;
