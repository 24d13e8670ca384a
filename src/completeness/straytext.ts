// What is said of the records of a system that is not configured, by the log and the command.
import type { Stray } from '../store/strays.ts';

/** What is so, and what to do. */
export function strayText({ system, records, isMore }: Stray): [string, string] {
  const count = records === 1 ? '1 record' : `${records}${isMore ? ' or more' : ''} records`;
  return [
    `the store holds ${count} of "${system}", a system that is not configured`,
    'if it was renamed, give it its old name back, for under a new one its rows are read as those of another PBX; else they stay until retention takes them',
  ];
}
