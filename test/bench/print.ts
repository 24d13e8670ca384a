// The answer for people (a table) and for programs (a JSON object a line).
import type { Figure } from './pairs.ts';

const heads = ['part', 'case', 'measured', 'reference', 'ratio', 'lowest–highest'];

export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.part,
    figure.case,
    `${shown(figure.measured)} ${figure.unit}`,
    figure.reference === null ? '–' : `${shown(figure.reference)} ${figure.unit}`,
    shown(figure.ratio),
    figure.ratio === null ? '–' : `${shown(figure.ratio_min)}–${shown(figure.ratio_max)}`,
  ]);
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]!.length)));
  // Words to the left, numbers to the right.
  const lineOf = (cells: string[]) =>
    cells.map((cell, at) => (at < 2 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  ');
  return [heads, ...rows].map((row) => `${lineOf(row)}\n`).join('');
}

/** The machine stands in every line, so that a line can be kept alone. */
export function jsonOf(figures: readonly Figure[], machine: string): string {
  return figures.map((figure) => `${JSON.stringify({ ...figure, machine })}\n`).join('');
}

/** Three digits that count, thousands with commas. */
function shown(value: number | null): string {
  if (value === null) return '–';
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}
