// What commands print: tables for people, JSON for tools.
import { isoOf } from '../cdr/time.ts';

export function out(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  out(JSON.stringify(value, null, 2));
}

/** Text from outside as one line that no terminal obeys. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD');
}

/** Columns as wide as their widest cell; the last one is not padded. */
export function printTable(head: readonly string[], given: readonly (readonly string[])[]): void {
  const rows = given.map((row) => row.map(plain));
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)));
  for (const row of [head, ...rows]) {
    out(row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join('  '));
  }
}

/** `1 record`, `2 records`. */
export function some(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** `2026-11-22 03:15:29Z`, or a dash. */
export function timeText(micros: number | null): string {
  return micros === null ? '-' : isoOf(micros - (micros % 1_000_000)).replace('T', ' ');
}
