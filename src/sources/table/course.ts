// How far a backfill has come: what is stored of it, and what share of the whole that is. Pure.
import type { Micros } from '../../cdr/cdr.ts';
import type { Floor } from './cursor.ts';

/** What is stored of it, in the cursor of the source. */
export interface Course {
  /** Of which floor this is the history: another floor is another history. */
  floor: string;
  below: string | number;
  rows: number;
  /** About how many there are in all, as it was known last: a restart need not look first. Null, or absent in cursors of old: not known. */
  total?: number | null;
  /** Not further back. */
  until: Micros | null;
  isDone: boolean;
  isPaused: boolean;
}

export function newCourse(floor: Floor): Course {
  return { floor: keyOf(floor), below: floor.from, rows: 0, until: null, isDone: false, isPaused: false };
}

export function keyOf({ by, column, from, epoch }: Floor): string {
  return [by, column, epoch, from].join(' ');
}

/** Null for a cursor that is not ours to read: the history is read again, which loses nothing. */
export function courseIn(text: string | null): Course | null {
  try {
    const course = JSON.parse(text ?? 'null') as Course | null;
    return course !== null && typeof course.floor === 'string' && typeof course.rows === 'number' ? course : null;
  } catch {
    return null;
  }
}

export function ratio(part: bigint, whole: bigint): number | null {
  return whole <= 0n ? null : Number(part) / Number(whole);
}

/** By ids, from how much of their range was read; by time, from what the database says of the table's size. */
export function totalOf({ rows, until }: Course, share: number | null, size: number | null): number | null {
  if (until !== null) return null;
  if (share !== null) return share <= 0 || rows === 0 ? null : Math.max(rows, Math.round(rows / share));
  return size === null ? null : Math.max(rows, size);
}
