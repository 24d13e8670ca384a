// Whether a zone is configured wrong: the newest records that both AMI and the table have shown say it, and when it is over.
import { meetingsLeast, shiftOf, zoneFault } from '../cdr/clocks.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import type { System } from './days.ts';

export interface ZoneWarning {
  system: string;
  /** Whole seconds by which the table is ahead of AMI. */
  shift: number;
  /** What is wrong and what would fit. */
  text: string;
}

/** Null where nothing is wrong; `before` stands while the newest records say neither that it is so nor that it is over. */
export async function zonesOf(
  store: Store,
  { name, timezone, tableTimezone = timezone, ami, table }: System,
  before: ZoneWarning | null,
): Promise<ZoneWarning | null> {
  if (!ami || !table) return null;
  const meetings = await store.meetingsOf(name, meetingsLeast);
  const shift = shiftOf(meetings);
  if (shift === null) return before;
  if (shift === 0) return null;
  return { system: name, shift, text: zoneFault(name, meetings, shift, { ami: timezone, table: tableTimezone }) };
}

/** Once when it is found or becomes another, once when it is over. */
export function tellZones(log: Log, system: string, now: ZoneWarning | null, before: ZoneWarning | null): void {
  if (now && now.shift !== before?.shift) log.warn({ system, shift_seconds: now.shift }, now.text);
  else if (!now && before) log.info({ system }, 'AMI and the table tell the same times again');
}
