// Times on the clock of a zone, both ways. Pure; milliseconds since 1970.

export interface Wall {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** One for each zone: making one costs more than a hundred uses. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const numeric = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  const made = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...numeric, second: '2-digit' });
  formats.set(zone, made);
  return made;
}

export function wallOf(ms: number, zone: string): Wall {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  const day = { year: part('year'), month: part('month'), day: part('day') };
  return { ...day, hour: part('hour'), minute: part('minute'), second: part('second') };
}

/** How the wall clock reads, as if it were UTC. */
function asUtc({ year, month, day, hour, minute, second }: Wall): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * When the clock of the zone shows this; days and hours may run over (day 0 is the last of the month before). Of an hour that comes twice
 * the first; of one that is left out, as long after the change as it says.
 */
export function instantOf(wall: Wall, zone: string): number {
  const wanted = asUtc(wall);
  const offsets = [wanted - 86_400_000, wanted + 86_400_000].map((ms) => asUtc(wallOf(ms, zone)) - ms);
  const fitting = offsets.map((offset) => wanted - offset).filter((ms) => asUtc(wallOf(ms, zone)) === wanted);
  return fitting.length > 0 ? Math.min(...fitting) : wanted - offsets[0]!;
}

/** Midnight of the day of `ms`, `days` later. */
export function dayOf(ms: number, zone: string, days = 0): number {
  const { year, month, day } = wallOf(ms, zone);
  return instantOf({ year, month, day: day + days, hour: 0, minute: 0, second: 0 }, zone);
}

const two = (number: number): string => String(number).padStart(2, '0');

/** `2026-11-22`. */
export function dateText(ms: number, zone: string): string {
  const { year, month, day } = wallOf(ms, zone);
  return `${year}-${two(month)}-${two(day)}`;
}

/** `09:05:33`. */
export function clockText(ms: number, zone: string): string {
  const { hour, minute, second } = wallOf(ms, zone);
  return `${two(hour)}:${two(minute)}:${two(second)}`;
}

/** What an input of the type datetime-local holds: `2026-11-22T09:05`. */
export function pickerText(ms: number, zone: string): string {
  return `${dateText(ms, zone)}T${clockText(ms, zone).slice(0, 5)}`;
}

/** null: no such text. */
export function pickedAt(text: string, zone: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})/.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute] = match.slice(1).map(Number) as [number, number, number, number, number];
  return instantOf({ year, month, day, hour, minute, second: 0 }, zone);
}

/** A time as RFC 3339 has it, or the beginning of a day of the zone; null: no such text. */
export function momentOf(text: string, zone: string): number | null {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    const begin = pickedAt(`${text}T00:00`, zone)!;
    return dateText(begin, zone) === text ? begin : null;
  }
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/i.test(text)) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}

/** Whether the browser knows the zone. */
export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}
