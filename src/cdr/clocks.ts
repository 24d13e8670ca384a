// Whether AMI and the table tell times whole quarters of an hour apart: then a zone is configured wrong, and here is which. Pure.
import type { Micros } from './cdr.ts';
import { birthOf, offsetOf } from './time.ts';

/** A record that both have shown, with the start that each of them tells. */
export interface Meeting {
  uniqueid: string;
  ami: Micros;
  table: Micros;
  /** AMI told it as an epoch, which no zone can make wrong. */
  isEpoch: boolean;
}

/** In which zones (IANA) they are read. */
export interface Zones {
  ami: string;
  table: string;
}

/** So many records in a row are no chance. */
export const meetingsLeast = 5;
/** Offsets of zones are whole quarters of an hour. */
const quarter = 15 * 60;
/** A record that begins with its channel does so within these, in seconds. */
const birthSlack = 2;

/**
 * Whole seconds by which the table is ahead of AMI, `meetings` being the newest first; 0: their clocks agree; null: too few, or
 * not all of them apart alike.
 */
export function shiftOf(meetings: readonly Meeting[]): number | null {
  const [first, ...others] = meetings.slice(0, meetingsLeast).map(({ ami, table }) => secondOf(table) - secondOf(ami));
  if (first === undefined || others.length < meetingsLeast - 1) return null;
  return first % quarter === 0 && others.every((shift) => shift === first) ? first : null;
}

/** What is wrong and what would fit, for a person. `shift` is that of `shiftOf`, not 0. */
export function zoneFault(system: string, meetings: readonly Meeting[], shift: number, zones: Zones): string {
  const keys = { table: `systems.${system}.table.timezone`, ami: `systems.${system}.timezone` };
  const seen = meetings.slice(0, meetingsLeast);
  const wrong = wrongOf(seen);
  const subject = wrong === null ? `${keys.table} or ${keys.ami}` : keys[wrong];
  const apart = `the table is ${spanText(Math.abs(shift))} ${shift > 0 ? 'ahead of' : 'behind'} AMI`;
  const fit = wrong === null ? '' : `; ${fitText(wrong, seen, shift, zones)}`;
  return `${subject} is probably wrong: ${apart}${fit}`;
}

/** Whose times are wrong, by the epochs of AMI or by the births of the channels; null: nothing tells. */
function wrongOf(meetings: readonly Meeting[]): keyof Zones | null {
  if (meetings.some(({ isEpoch }) => isEpoch)) return 'table';
  const isBornAt = (who: keyof Zones) =>
    meetings.some((meeting) => {
      const birth = birthOf(meeting.uniqueid);
      return birth !== null && Math.abs(secondOf(meeting[who]) - secondOf(birth)) <= birthSlack;
    });
  const [ami, table] = [isBornAt('ami'), isBornAt('table')];
  if (ami === table) return null;
  return ami ? 'table' : 'ami';
}

/** The clock by which these times were written, and zones of the configuration that have it. */
function fitText(wrong: keyof Zones, meetings: readonly Meeting[], shift: number, zones: Zones): string {
  const right = wrong === 'ami' ? 'table' : 'ami';
  const ahead = wrong === 'table' ? shift : -shift;
  const clocks = meetings.map((meeting) => ({
    at: meeting[right],
    offset: offsetOf(meeting[wrong], zones[wrong]) * 60 + ahead,
  }));
  const isFit = (zone: string) => clocks.every(({ at, offset }) => offsetOf(at, zone) * 60 === offset);
  const fitting = [...new Set(['UTC', zones[right]])].filter(isFit);
  const { offset } = clocks[0]!;
  const text = `its clock stood at UTC${offset < 0 ? '-' : '+'}${clockText(Math.abs(offset))}`;
  return fitting.length === 0 ? text : `${text}, ${fitting.join(' or ')} would fit`;
}

function secondOf(micros: Micros): number {
  return Math.floor(micros / 1e6);
}

/** `5 h 45 min` */
function spanText(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return [hours > 0 ? `${hours} h` : '', minutes > 0 ? `${minutes} min` : ''].filter(Boolean).join(' ');
}

/** `05:45` */
function clockText(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return [hours, minutes].map((number) => String(number).padStart(2, '0')).join(':');
}
