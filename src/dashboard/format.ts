// Numbers and spans as people read them.
import { currentPrefs } from './prefs.ts';
import { clockText, dateText } from './zone.ts';

/** `0:07`, `12:45`, `1:02:03`: minutes and seconds, hours where there are any. */
export function spanText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${hours > 0 ? String(minutes).padStart(2, '0') : minutes}:${String(rest).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** `2026-11-22 09:05:33` on the clock of the zone. */
export function momentText(iso: string, zone: string): string {
  const ms = Date.parse(iso);
  return `${dateText(ms, zone)} ${clockText(ms, zone)}`;
}

/** Today only the clock. */
export function shortText(iso: string, zone: string, now: number): string {
  const ms = Date.parse(iso);
  const date = dateText(ms, zone);
  return date === dateText(now, zone) ? clockText(ms, zone) : `${date.slice(5)} ${clockText(ms, zone)}`;
}

export function countText(count: number): string {
  return count.toLocaleString(currentPrefs().lang);
}

/** `80.9 %` of 0.809. */
export function percentText(share: number, digits: number): string {
  return `${decimalText(share * 100, digits)} %`;
}

/** `1.4`, in German `1,4`. */
export function decimalText(number: number, digits: number): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return number.toLocaleString(currentPrefs().lang, options);
}

/** Where there is little room: `1.8K` from a thousand on. */
export function shortCountText(count: number): string {
  return count < 1000 ? countText(count) : count.toLocaleString(currentPrefs().lang, { notation: 'compact' });
}

/** In a line of others; however it is written, it turns none of them round (UAX #9: FSI, PDI). */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

/** `9:00–10:00`. */
export function hourText(hour: number): string {
  return `${hour}:00–${hour + 1}:00`;
}

/** `1.4 MB`. */
export function sizeText(bytes: number): string {
  const [size, unit] = bytes < 1e6 ? [bytes / 1e3, 'kB'] : [bytes / 1e6, 'MB'];
  return `${size.toLocaleString(currentPrefs().lang, { maximumFractionDigits: 1 })} ${unit}`;
}

/** 1 Monday to 7 Sunday; the first week of 2024 began on a Monday. */
export function weekdayText(weekday: number, style: 'long' | 'short'): string {
  const format = new Intl.DateTimeFormat(currentPrefs().lang, { weekday: style, timeZone: 'UTC' });
  return format.format(Date.UTC(2024, 0, weekday));
}
