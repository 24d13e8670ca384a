// All that the view Overview asks of the statistics, put together once.
import { statsOf, type StatsQuery } from '../../client/stats.ts';
import { ApiError } from '../../client/trouble.ts';
import type { Desk } from '../desk.ts';
import { dayOf } from '../zone.ts';
import { Curve } from './curve.ts';
import { Earlier } from './earlier.ts';
import { patient } from './patient.ts';
import { frameOf, type Frame, type Span } from './range.ts';
import type { Asked, Seen } from './reader.ts';
import { Tally, type Part } from './tally.ts';

/** Of what this reader sees no counts are kept (README, Statistics): each question is a look at every call. */
export function isLooking({ who }: Desk, { company }: Asked): boolean {
  return who.extensions !== null || (company === '' && who.companies !== null && who.companies.length > 1);
}

/** A breakdown has more rows than one answer may (`statsRowsMax` of cdr/statsquery.ts). */
function isTooMany(error: unknown): boolean {
  return error instanceof ApiError && error.status === 400 && error.problem.errors?.[0]?.field === 'by';
}

/** Of those, so many at once. */
const looksMax = 2;

/** `heard`: the last change that the feed has told. */
export async function ask(
  desk: Desk,
  asked: Asked,
  now: number,
  heard: () => number,
  signal: AbortSignal,
): Promise<Seen> {
  const { range, picked, zone, company } = asked;
  const frame = frameOf(range, now, zone, picked);
  const counted = statsOf(desk.requests);
  const inTurn = patient(isLooking(desk, asked) ? looksMax : Infinity, signal);
  const stats = (query: StatsQuery) => inTurn(() => counted(query, { signal }));
  const more = { zone, ...(company === '' ? {} : { company }) };
  const span = spanOf(frame, more);
  const step = frame.step === 'hour' ? (['day', 'hour'] as const) : (['day'] as const);
  const tooMany = new Set<Part>();
  /** Of more rows than cdrd tells: what is asked for instead. */
  const unless = <Other>(part: Part, by: string | readonly string[], otherwise: () => Other) =>
    stats({ ...span, by }).catch((error: unknown) => {
      if (!isTooMany(error)) throw error;
      tooMany.add(part);
      return otherwise();
    });
  const nothing = () => null;
  const { kept, minutes, begins } = curveOf(frame, now, zone);
  const running = (of: Span | null, by: 'minute' | Frame['curve']) =>
    of === null ? null : inTurn(() => counted.concurrency({ ...spanOf(of, more), step: by }, { signal }));
  const [main, hours, companies, extension, trunk, settled, growing, keptCurve, minuteCurve] = await Promise.all([
    unless('direction', [...step, 'direction', 'outcome'], () => stats({ ...span, by: [...step, 'outcome'] })),
    stats({ ...span, by: ['weekday', 'hour'] }),
    unless('mix', ['company', 'outcome'], () => unless('company', 'company', nothing)),
    unless('extension', 'extension', nothing),
    unless('trunk', 'trunk', nothing),
    frame.settled ? stats(spanOf(frame.settled, more)) : null,
    frame.growing ? stats({ ...spanOf(frame.growing, more), by: ['day', 'hour', 'quarter'] }) : null,
    running(kept, frame.curve),
    running(minutes, 'minute'),
  ]);
  const tops = { company: companies, extension, trunk };
  const tally = new Tally(frame, zone, { main, hours, tops, tooMany, heard: heard() });
  const earlier = new Earlier(frame, zone, { settled, growing, heard: heard() });
  const curve = new Curve(keptCurve, minuteCurve, begins, frame.to);
  // To what is kept by longer steps nothing is added anyway.
  const seq = minuteCurve?.seq ?? null;
  return {
    ...{ tally, frame, earlier, curve, curveSince: seq ?? heard() },
    ...{ at: now, added: 0, isExact: tally.isExact && earlier.isExact && seq !== null },
    until: range !== 'custom' || frame.isOpen ? dayOf(now, zone, 1) : Infinity,
  };
}

/** The day of now is had minute by minute, so that calls can be added to it; what lies before it by the steps that are shown. */
function curveOf(
  frame: Frame,
  now: number,
  zone: string,
): { kept: Span | null; minutes: Span | null; begins: number[] } {
  const { from, to } = frame;
  const today = frame.curve === 'quarter' ? from : Math.max(from, dayOf(Math.min(now, to - 1), zone));
  // A step of a day that has begun stays one.
  const begins: number[] = [];
  const stepMs = { quarter: 900_000, hour: 3_600_000, day: to - today }[frame.curve];
  for (let at = today; at < to; at += stepMs) begins.push(at);
  return { kept: from < today ? { from, to: today } : null, minutes: { from: today, to }, begins };
}

function spanOf({ from, to }: Span, more: { zone: string; company?: string }) {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), ...more };
}
