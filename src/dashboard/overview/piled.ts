// Bars that stand on each other. Pure.
import type { Series } from './canvas.ts';

/** Of each series what is drawn: bars are piled up. */
export function piled(series: readonly Pick<Series, 'kind' | 'values'>[]): (number | null)[][] {
  const below: number[] = [];
  return series.map(({ kind, values }) => {
    if (kind !== 'bar') return [...values];
    return values.map((value, at) => (below[at] = (below[at] ?? 0) + (value ?? 0)));
  });
}
