// What a tombstone knows of the record that was taken away: keyed hashes, which know it again and tell nothing about it. Pure.
import { createHmac } from 'node:crypto';
import type { Cdr, Micros } from '../cdr/cdr.ts';
import { secondOf } from '../cdr/content.ts';
import type { Shown } from '../cdr/identity.ts';
import { kindIn, type Word } from '../cdr/sight.ts';
import type { InHand } from './inhand.ts';

export interface Tombstone {
  name: string;
  sequence: number | null;
  /** What it was, as which row, when it was born, in words of `markLength` between spaces; until 0.1.0 one word of 22. */
  mark: string;
  /** null: made before this was kept. */
  start: Micros | null;
}

/** Clocks and zones may tell a record's start differently by so much, at most, and by whole quarters of an hour. */
export const shiftMax = 26 * 3600;
export const quarter = 900;

/** 48 bits: they only tell the records of one uniqueid apart. The column holds 64 characters. */
const markLength = 8;
const marksMax = 7;

export function nameOf(key: string, { system, uniqueid }: Pick<Cdr, 'system' | 'uniqueid'>): string {
  return hashOf(key, [system, uniqueid]);
}

export function tombstoneOf(key: string, record: InHand): Tombstone {
  const cdr = record.told ?? record.cdr;
  const { start } = cdr;
  return { name: nameOf(key, cdr), sequence: cdr.sequence, mark: marksOf(key, cdr, record).join(' '), start };
}

/** By what it was, in anybody's words; by its row's id in a table, or by its birth in one without ids. */
function marksOf(key: string, cdr: Cdr, { sights, contradictions }: InHand): string[] {
  const told = (source: string): Cdr => {
    const words = Object.entries(contradictions).flatMap(([field, by]) => (source in by ? [[field, by[source]]] : []));
    return { ...cdr, ...(Object.fromEntries(words) as Partial<Cdr>) };
  };
  const rows = sights.flatMap(({ source, key: row }) => {
    if (row !== null) return [rowMark(key, cdr, source, row)];
    return kindIn(source) === 'table' ? [birthMark(key, told(source), source)] : [];
  });
  const numbers = sights.flatMap(({ effects }) =>
    (effects ?? []).flatMap(({ field, before, said }) => (field === 'sequence' ? [before, said] : [])),
  );
  const former = numbers.filter((number) => number !== null && number !== cdr.sequence);
  const others = Object.values(contradictions).flatMap((by) => Object.keys(by));
  const contents = [cdr, ...[...new Set(others)].map(told)];
  const [own, ...more] = contents.map((one) => contentMark(key, one, one.isBillsecMade ? untold : one.billsec));
  const unbilled = contents.map((one) => contentMark(key, one, any));
  const marks = [own!, ...rows, ...former.map((number) => numberMark(key, cdr, number)), ...more, ...unbilled];
  return [...new Set(marks)].slice(0, marksMax);
}

/** Whether the row is the very one that showed this record: by its id in a table. */
export function isRowOf(key: string, row: Shown, stone: Tombstone): boolean {
  return !isOtherSequence(row.cdr, stone) && hasRow(key, row, stone);
}

function hasRow(key: string, { cdr, source, mark }: Shown, stone: Tombstone): boolean {
  return mark?.key !== undefined && stone.mark.split(' ').includes(rowMark(key, cdr, source, mark.key));
}

/**
 * Whether the row shows this record again: by its id, by a sequence it ever had, or by what all sources tell alike, in any zone. A row
 * with another sequence is it by its id where nothing else in it is another.
 */
export function isAgain(key: string, row: Shown, stone: Tombstone): boolean {
  const { cdr } = row;
  const has = (mark: string) => stone.mark.split(' ').includes(mark);
  const apart = stone.start === null ? Infinity : Math.abs(cdr.start - stone.start) / 1e6;
  const isAlike = (): boolean =>
    apart <= shiftMax && billsecsOf(cdr).some((billsec) => has(contentMark(key, cdr, billsec)));
  if (isOtherSequence(cdr, stone))
    return has(numberMark(key, cdr, cdr.sequence)) || (hasRow(key, row, stone) && isAlike());
  if (cdr.sequence !== null && stone.sequence !== null) return true;
  return hasRow(key, row, stone) || stone.mark === oldMark(key, cdr) || isAlike();
}

/** Whether this source showed the record as a row without id that was born with this one. */
export function isOfBirth(key: string, { cdr, source }: Shown, stone: Tombstone): boolean {
  return stone.mark.split(' ').includes(birthMark(key, cdr, source));
}

function isOtherSequence({ sequence }: Cdr, stone: Tombstone): boolean {
  return sequence !== null && stone.sequence !== null && sequence !== stone.sequence;
}

/** In place of a billsec that nobody told, and of one that a row may not tell. */
const [untold, any] = ['untold', 'any'];

/** By what the row's billsec may stand in a mark; those of before the two words have the number only. */
function billsecsOf({ billsec, isBillsecMade }: Cdr): Word[] {
  return [billsec, isBillsecMade ? any : untold];
}

/** Texts may be cut. */
function contentMark(key: string, cdr: Cdr, billsec: Word): string {
  const { system, uniqueid, duration, disposition } = cdr;
  return word(key, ['content', system, uniqueid, secondOf(cdr) % quarter, duration, billsec, disposition]);
}

function rowMark(key: string, { system, uniqueid }: Cdr, source: string, row: string): string {
  return word(key, ['row', system, uniqueid, source, row]);
}

function numberMark(key: string, { system, uniqueid }: Cdr, sequence: Word): string {
  return word(key, ['sequence', system, uniqueid, sequence]);
}

function birthMark(key: string, cdr: Cdr, source: string): string {
  return word(key, ['birth', cdr.system, cdr.uniqueid, source, secondOf(cdr)]);
}

/** As tombstones were marked when they knew one clock only. */
function oldMark(key: string, cdr: Cdr): string {
  const { system, uniqueid, duration, billsec, disposition } = cdr;
  return hashOf(key, [system, uniqueid, secondOf(cdr), duration, billsec, disposition]);
}

function word(key: string, words: readonly Word[]): string {
  return hashOf(key, words).slice(0, markLength);
}

function hashOf(key: string, words: readonly Word[]): string {
  return createHmac('sha256', key).update(JSON.stringify(words)).digest('base64url').slice(0, 22);
}
