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
  /** Rows that began earlier are not wanted. */
  until: Micros | null;
  /** Where the first row was left out, and the latest `until` that left one out; null or absent: none was. */
  left?: { below: string | number; rows: number; until: Micros } | null;
  isDone: boolean;
  isPaused: boolean;
}

export function newCourse(floor: Floor): Course {
  return { floor: keyOf(floor), below: floor.from, rows: 0, until: null, isDone: false, isPaused: false };
}

/** `left` when a row is left out now. */
export function leftIn({ below, rows, until, left }: Course): Course['left'] {
  if (until === null) return left;
  return left ? { ...left, until: Math.max(left.until, until) } : { below, rows, until };
}

/** Back to where rows were left out, when some of them are wanted by now; those known are met again. */
export function returned(course: Course): Course {
  const { left, until } = course;
  if (!left || (until !== null && until >= left.until)) return course;
  return { ...course, below: left.below, rows: left.rows, left: null };
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
