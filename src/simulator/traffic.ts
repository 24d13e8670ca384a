// An office's day of calls, emitted record by record as each ends. It lives in real time with real durations: calls
// that started before the traffic did are under way, so the first ends within moments and the rate is right from the
// start.
import type { Micros } from '../cdr/cdr.ts';
import { ConfigError } from '../errors.ts';
import { stepsOf, type Step } from './channels.ts';
import type { Clock } from './clock.ts';
import { openIds, type Ids } from './ids.ts';
import { longestCall, nextCall } from './mix.ts';
import { openRandom } from './random.ts';
import type { PbxRecord } from './record.ts';

export interface TrafficOptions {
  /** Mean calls per second, arriving at random (Poisson). */
  rate: number;
  /** Ends by itself after so many seconds; without it, when `signal` is aborted. */
  seconds?: number;
  /** The same seed, ids and start of the clock give the same records. */
  seed: number;
  clock: Clock;
  /** Gets each record when its channel hangs up; awaited, in order. A throw ends the traffic. */
  emit(record: PbxRecord): void | Promise<void>;
  /** Gets each event of a channel; without it none are made. */
  tell?: (event: string) => void;
  signal?: AbortSignal;
  /** Counters to take names from; a fresh Asterisk's by default. */
  ids?: Ids;
}

export interface TrafficCounts {
  emitted: number;
  /** Calls turned away because too many were under way (`maxcalls` of asterisk.conf). */
  refused: number;
}

const SECOND: Micros = 1_000_000;
/** Calls per second; a real Asterisk that is saturated posts about 800 records a second. */
const MAX_RATE = 200;
/** Records of calls under way; at the highest rate about 30,000 are. */
const MAX_UNDER_WAY = 60_000;
/** Longest wait in one piece, so that a clock that jumps is noticed. */
const MAX_WAIT_MS = 1000;

/** Runs until `seconds` are over or `signal` is aborted; calls still under way are then never heard of. */
export async function runTraffic(options: TrafficOptions): Promise<TrafficCounts> {
  const { rate, clock, seconds = Infinity, signal = new AbortController().signal } = options;
  if (!(rate > 0 && rate <= MAX_RATE)) {
    throw new ConfigError(`rate: ${rate} is not a number of calls per second above 0 and up to ${MAX_RATE}`);
  }
  const begin = clock.now();
  const stop = begin + seconds * SECOND;
  const calls = openCalls(options, begin);
  const counts = { emitted: 0, refused: 0 };
  for (;;) {
    const now = Math.min(clock.now(), stop);
    counts.refused += calls.arriveUntil(now);
    for (let step = calls.stepBy(now); step && !signal.aborted; step = calls.stepBy(now)) options.tell?.(step.event);
    for (let record = calls.endedBy(now); record && !signal.aborted; record = calls.endedBy(now)) {
      await options.emit(record);
      counts.emitted++;
    }
    if (now >= stop || signal.aborted) return counts;
    const waitMs = (Math.min(calls.nextChange(), stop) - now) / 1000;
    await clock.wait(Math.min(Math.max(Math.ceil(waitMs), 1), MAX_WAIT_MS), signal);
  }
}

/** The calls under way since one longest call before `begin`; what ended before `begin` is left out. */
function openCalls({ rate, seed, ids = openIds(), tell }: TrafficOptions, begin: Micros) {
  const random = openRandom(seed);
  const gap = (): Micros => Math.ceil(random.gap(SECOND / rate));
  /** Latest hang-up first, so that the next one is popped off the end. */
  const underWay: { record: PbxRecord; hangup: Micros }[] = [];
  /** The latest first, too. */
  const steps: Step[] = [];
  let arrival = begin - longestCall + gap();

  function add(record: PbxRecord, hangup: Micros): void {
    underWay.splice(
      placeOf(underWay, (one) => one.hangup > hangup),
      0,
      { record, hangup },
    );
  }

  return {
    /** Lets calls arrive; returns how many found no room. */
    arriveUntil(now: Micros): number {
      let refused = 0;
      for (; arrival <= now; arrival += gap()) {
        const { records } = nextCall(random, ids, arrival);
        if (underWay.length + records.length > MAX_UNDER_WAY) refused++;
        else {
          for (const record of records) if (hangupOf(record, records) >= begin) add(record, hangupOf(record, records));
          // Of what was over before, nobody was told; of what goes on, all of it at once.
          const isOver = records.every(({ end }) => end < begin);
          for (const step of tell && !isOver ? stepsOf(records) : [])
            steps.splice(
              placeOf(steps, (one) => one.at > step.at),
              0,
              step,
            );
        }
      }
      return refused;
    },
    endedBy(now: Micros): PbxRecord | undefined {
      return (underWay.at(-1)?.hangup ?? Infinity) <= now ? underWay.pop()?.record : undefined;
    },
    stepBy(now: Micros): Step | undefined {
      return (steps.at(-1)?.at ?? Infinity) <= now ? steps.pop() : undefined;
    },
    nextChange: (): Micros => Math.min(arrival, underWay.at(-1)?.hangup ?? Infinity, steps.at(-1)?.at ?? Infinity),
  };
}

/** How many at the beginning come later. */
function placeOf<One>(list: readonly One[], isLater: (one: One) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isLater(list[middle] as One)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A channel's records are posted together, when it hangs up. */
function hangupOf(record: PbxRecord, call: PbxRecord[]): Micros {
  return Math.max(...call.filter((other) => other.uniqueid === record.uniqueid).map((other) => other.end));
}
