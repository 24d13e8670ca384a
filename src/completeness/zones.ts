// Whether a zone is configured wrong: the newest records that both AMI and the table have shown say it, and when it is over.
import { meetingsLeast, shiftOf, zoneFault, type Zones } from '../cdr/clocks.ts';
import type { Micros } from '../cdr/cdr.ts';
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

/**
 * Notes since when what each tells is read in the zone of now: what it told before says nothing of it. Of a store that never kept
 * it, all is taken for told in these zones. Says once that old rows of the table are not read anew for another zone.
 */
export async function noteZones(store: Store, log: Log, system: System, now: Micros): Promise<void> {
  const { name, table } = system;
  if (!table) return;
  const [kept, zones] = [await store.readInOf(name), zonesNow(system)];
  const sinceOf = (source: keyof Zones) =>
    kept?.[source].zone === zones[source] ? kept[source] : { zone: zones[source], since: kept ? now : 0 };
  const next = { ami: sinceOf('ami'), table: sinceOf('table') };
  const was = kept?.table.zone ?? zones.table;
  if (was !== zones.table) {
    const older = `rows that a reconcile compares follow with the next one, older ones with "cdrd reconcile ${name} --from" their first day`;
    log.warn(
      { system: name, zone: zones.table, was },
      `the table is read in ${zones.table} now, until now in ${was}: ${older}`,
    );
  }
  if (next.ami !== kept?.ami || next.table !== kept.table) await store.keepReadIn(name, next);
}

function zonesNow({ timezone, tableTimezone = timezone }: System): Zones {
  return { ami: timezone, table: tableTimezone };
}

/** Null where nothing is wrong; `before` stands while the newest records say neither that it is so nor that it is over. */
export async function zonesOf(store: Store, system: System, before: ZoneWarning | null): Promise<ZoneWarning | null> {
  const { name, ami, table } = system;
  if (!ami || !table) return null;
  const [kept, zones] = [await store.readInOf(name), zonesNow(system)];
  // Other zones than those that are kept: nothing has been told in them yet.
  const sinceOf = (source: keyof Zones) =>
    kept === null ? 0 : kept[source].zone === zones[source] ? kept[source].since : Number.MAX_SAFE_INTEGER;
  const meetings = await store.meetingsOf(name, meetingsLeast, { ami: sinceOf('ami'), table: sinceOf('table') });
  const shift = shiftOf(meetings);
  if (shift === null) return before;
  if (shift === 0) return null;
  return { system: name, shift, text: zoneFault(name, meetings, shift, zones) };
}

/** Once when it is found or becomes another, once when it is over. */
export function tellZones(log: Log, system: string, now: ZoneWarning | null, before: ZoneWarning | null): void {
  if (now && now.shift !== before?.shift) log.warn({ system, shift_seconds: now.shift }, now.text);
  else if (!now && before) log.info({ system }, 'AMI and the table tell the same times again');
}
