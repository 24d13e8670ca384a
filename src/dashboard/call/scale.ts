// A call drawn to scale: where on its width each leg rings and talks, and where the marks of its axis stand. Pure.
import type { WholeCall } from '../../http/dialects/native/callshape.ts';

export interface Bar {
  from: string;
  to: string;
  result: string;
  /** Shares of the whole width, 0 to 1. */
  left: number;
  ringing: number;
  talking: number;
  /** Seconds. */
  rang: number;
  talked: number;
}

export interface Scale {
  /** Seconds from the first beginning to the last end; at least one. */
  seconds: number;
  bars: Bar[];
  marks: { at: number; seconds: number }[];
}

/** Distances between marks that people read at a glance. */
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800];
const marksMax = 6;

export function scaleOf({ path }: Pick<WholeCall, 'path'>): Scale {
  const ms = (iso: string) => Date.parse(iso);
  const begin = Math.min(...path.map(({ start }) => ms(start)));
  const end = Math.max(...path.map((leg) => ms(leg.end)));
  const width = Math.max(1000, end - begin);
  const bars = path.map((leg): Bar => {
    const answer = leg.answer === null ? null : ms(leg.answer);
    const over = ms(leg.end);
    const ring = Math.max(0, (answer ?? over) - ms(leg.start));
    const talk = answer === null ? 0 : Math.max(0, over - answer);
    const to = leg.to ?? (leg.wanted.join(', ') || leg.dst || leg.app || '?');
    return {
      ...{ from: leg.from ?? '?', to, result: leg.result, left: (ms(leg.start) - begin) / width },
      ...{ ringing: ring / width, talking: talk / width, rang: ring / 1000, talked: talk / 1000 },
    };
  });
  const seconds = width / 1000;
  const step = steps.find((one) => seconds / one <= marksMax) ?? Math.ceil(seconds / marksMax / 3600) * 3600;
  const marks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, at) => ({
    seconds: at * step,
    at: (at * step) / seconds,
  }));
  return { seconds, bars, marks };
}
