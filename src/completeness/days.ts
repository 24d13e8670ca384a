// A day of a system as it is told: the counts kept in the store, or counted anew when a record of the day has changed since.
import { setImmediate as turn } from 'node:timers/promises';
import { DayCount, type DayReport, type Frame } from '../cdr/completeness.ts';
import type { Micros } from '../cdr/cdr.ts';
import { boundsOf } from '../cdr/time.ts';
import { marginMicros, type Slips, type StoredDay } from '../store/days.ts';
import { isWritten } from '../store/letgo.ts';
import type { Heard } from '../store/sources.ts';
import type { Store } from '../store/store.ts';
import type { CompletenessConfig } from './config.ts';

/** An Asterisk as it is configured. */
export interface System {
  name: string;
  /** Zone of its days, and of the local times that AMI tells. */
  timezone: string;
  /** Zone of the times of its table, where that is another one. */
  tableTimezone?: string | undefined;
  ami: boolean;
  table: boolean;
  /** Wait between two looks at its table. */
  pollSeconds: number;
}

/** What a day can be said to be. */
export const verdicts = [
  'nothing',
  'complete',
  'waiting',
  'one source',
  'not compared',
  'not counted',
  'taken away',
  'not understood',
  'missing',
] as const;
export type Verdict = (typeof verdicts)[number];

export interface Day {
  day: string;
  system: string;
  timezone: string;
  /** From its first instant to the first of the next day. */
  from: Micros;
  until: Micros;
  verdict: Verdict;
  /** False where only one source is configured. */
  isCompared: boolean;
  /** When it was counted; null when there was no time for it yet. */
  at: Micros | null;
  /** Whether it is over: calls that began on it have ended, and nothing is waited for. */
  isClosed: boolean;
  report: DayReport | null;
  /** Rows that the PBX wrote and nobody could understand: rejects that were first seen on it, kept or let go. */
  rejected: number;
  slips: Slips;
  /** When a reconcile of the system last handed anything over. */
  reconciled: Micros | null;
}

/** Up to when (micros since 1970) all that a source of a system could be shown is stored; null: nobody knows. */
export type StoredUpTo = (system: string, kind: 'ami' | 'table') => Micros | null;

/** What all days of a system have in common. */
export interface Ground {
  system: System;
  /** Null while it has no record. */
  systemId: number | null;
  heard: readonly Heard[];
  /** Records that began before were taken away by retention. */
  horizon: Micros | null;
  storedUpTo: StoredUpTo;
  /** When each kept reject of it was first seen. */
  rejects: readonly Micros[];
}

/** With the rejects of these days. */
export async function groundOf(
  store: Store,
  system: System,
  storedUpTo: StoredUpTo,
  { first, last }: { first: string; last: string },
): Promise<Ground> {
  const systemId = await store.systemId(system.name);
  const heard = await store.heardOf(system.name);
  const horizon = systemId === null ? null : await store.horizonOf(systemId);
  const ids = heard.filter(({ name }) => !isWritten(name)).map(({ id }) => id);
  const [{ from }, { until }] = [boundsOf(first, system.timezone), boundsOf(last, system.timezone)];
  return { system, systemId, heard, horizon, storedUpTo, rejects: await store.firstSights(ids, from, until) };
}

/** What may be expected of a day by now. */
export function frameOf(ground: Ground, day: string, config: CompletenessConfig, now: Micros): Frame {
  const { system, heard, storedUpTo } = ground;
  const of = (kind: string) => heard.find(({ name }) => name === `${system.name}/${kind}`);
  const [ami, table] = [of('ami'), of('table')];
  const firsts = [ami?.firstRecord ?? null, table?.firstRecord ?? null];
  const isPair = system.ami && system.table;
  const comparedFrom = isPair && !firsts.includes(null) ? Math.max(...(firsts as Micros[])) : null;
  const grace = config.grace_seconds * 1e6;
  // Rows that wait for the store are no less there, and a table that is away is no witness: of one that this daemon
  // has not read through, it is known that it was read up to its last record.
  const upTo = {
    ami: Math.min(now, storedUpTo(system.name, 'ami') ?? now),
    table: Math.min(now, storedUpTo(system.name, 'table') ?? table?.lastRecord ?? 0),
  };
  return {
    ...boundsOf(day, system.timezone),
    comparedFrom,
    due: { ami: upTo.ami - grace, table: upTo.table - grace - system.pollSeconds * 1e6 },
    openFrom: now - config.call_seconds * 1e6,
    opened: new Map([ami, table].flatMap((source) => (source?.opened ? [[source.name, source.opened]] : []))),
  };
}

/** Whether a day that was counted then cannot change by time alone. */
export function isFinal(frame: Frame, config: CompletenessConfig, at: Micros, report: DayReport): boolean {
  const over = frame.until + (config.call_seconds + config.grace_seconds) * 1e6;
  return at > over && report.waiting === 0;
}

/** Counts a day in slices, so that others have their turn in between, and keeps the result. @throws when aborted */
export async function count(
  store: Store,
  { systemId }: Ground,
  day: string,
  frame: Frame,
  at: Micros,
  signal: AbortSignal,
): Promise<DayReport> {
  const [from, until] = [frame.from - marginMicros, frame.until + marginMicros];
  if (systemId === null) return new DayCount(frame, undefined).report();
  const version = await store.beginDay(systemId, day, from, until);
  const counting = new DayCount(frame, await store.lastBefore(systemId, from));
  let place: { start: Micros; id: number } | null = { start: from, id: 0 };
  while (place) {
    const { rows, next } = await store.sliceOf(systemId, place, until);
    for (const row of rows) counting.add(row);
    place = next;
    await turn();
    signal.throwIfAborted();
  }
  const steps = counting.reporting();
  let step = steps.next();
  while (!step.done) {
    await turn();
    signal.throwIfAborted();
    step = steps.next();
  }
  const report = step.value;
  await store.keepDay(systemId, day, { version, at, report });
  return report;
}

/** A busy day changes all the time: it is not counted anew more often than this, whoever asks. */
const freshMicros = 2e6;

/** Of a day that is kept: whether it must be counted anew. */
export function isStale(kept: StoredDay | undefined, frame: Frame, config: CompletenessConfig, now: Micros): boolean {
  if (!kept?.report || kept.at === null) return true;
  if (!kept.isGood) return now - kept.at >= freshMicros;
  if (kept.from !== frame.from - marginMicros || kept.until !== frame.until + marginMicros) return true;
  if (isFinal(frame, config, kept.at, kept.report)) return false;
  // Nothing changed but the time: then only what is waited for can have become missing, or a hole unexplained.
  return now - kept.at >= config.check_seconds * 1e6;
}

/** Records that are known not to be here come first, whatever else may be said. */
export function verdictOf({ ami, table }: System, report: DayReport | null, rejected: number): Verdict {
  if (report && report.missing.ami.count + report.missing.table.count > 0) return 'missing';
  if (rejected > 0) return 'not understood';
  if (!report) return 'not counted';
  if (report.records === 0) return 'nothing';
  if (!ami || !table) return 'one source';
  if (report.uncompared > 0 || report.other === report.records) return 'not compared';
  return report.waiting > 0 ? 'waiting' : 'complete';
}
