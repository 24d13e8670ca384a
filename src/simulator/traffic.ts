// An office's day of calls, emitted record by record as each ends, and the events of their channels as they happen. It lives in real time with real durations: calls
// that started before the traffic did are under way, so the first ends within moments and the rate is right from the
// start.
import type { Micros } from '../cdr/cdr.ts';
import { ConfigError } from '../errors.ts';
import type { Clock } from './clock.ts';
import { channelEvent, type Told } from './channelevent.ts';
import { openIds, type Ids } from './ids.ts';
import { longestCall, nextCall } from './mix.ts';
import { openRandom } from './random.ts';
import type { PbxRecord } from './record.ts';
import { storyOf } from './story.ts';

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
  signal?: AbortSignal;
  /** Gets the bytes of each event of a channel, as it happens; what happened before the traffic began is never told. */
  tell?: ((event: string) => void) | undefined;
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
    for (let due = calls.dueBy(now); due && !signal.aborted; due = calls.dueBy(now)) {
      if ('told' in due) options.tell?.(channelEvent(due.told));
      else {
        await options.emit(due.record);
        counts.emitted++;
      }
    }
    if (now >= stop || signal.aborted) return counts;
    const waitMs = (Math.min(calls.nextChange(), stop) - now) / 1000;
    await clock.wait(Math.min(Math.max(Math.ceil(waitMs), 1), MAX_WAIT_MS), signal);
  }
}

/** A channel hangs up and leaves a record, or does something before, of which the rest is to come. */
type Due = { at: Micros; record: PbxRecord } | { at: Micros; told: Told; rest: readonly Told[] };

/** The calls under way since one longest call before `begin`; what ended before `begin` is left out. */
function openCalls({ rate, seed, ids = openIds(), tell }: TrafficOptions, begin: Micros) {
  const random = openRandom(seed);
  const gap = (): Micros => Math.ceil(random.gap(SECOND / rate));
  /** The latest first, so that the next one is popped off the end. Of what a call's channels do, the next event is in it. */
  const underWay: Due[] = [];
  let records = 0;
  let arrival = begin - longestCall + gap();

  function add(due: Due): void {
    let low = 0;
    let high = underWay.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (underWay[middle]!.at > due.at) low = middle + 1;
      else high = middle;
    }
    underWay.splice(low, 0, due);
  }

  function follow([told, ...rest]: readonly Told[]): void {
    if (told) add({ at: told.at, told, rest });
  }

  return {
    /** Lets calls arrive; returns how many found no room. */
    arriveUntil(now: Micros): number {
      let refused = 0;
      for (; arrival <= now; arrival += gap()) {
        const call = nextCall(random, ids, arrival).records;
        if (records + call.length > MAX_UNDER_WAY) {
          refused++;
          continue;
        }
        for (const record of call) {
          const at = hangupOf(record, call);
          if (at < begin) continue;
          add({ at, record });
          records++;
        }
        if (tell) follow(storyOf(call).filter(({ at }) => at >= begin));
      }
      return refused;
    },
    dueBy(now: Micros): Due | undefined {
      if ((underWay.at(-1)?.at ?? Infinity) > now) return undefined;
      const due = underWay.pop()!;
      if ('told' in due) follow(due.rest);
      else records--;
      return due;
    },
    nextChange: (): Micros => Math.min(arrival, underWay.at(-1)?.at ?? Infinity),
  };
}

/** A channel's records are posted together, when it hangs up. */
function hangupOf(record: PbxRecord, call: PbxRecord[]): Micros {
  return Math.max(...call.filter((other) => other.uniqueid === record.uniqueid).map((other) => other.end));
}
