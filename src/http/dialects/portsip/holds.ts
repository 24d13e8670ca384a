// Whether a call is part of what was asked for, and which of two comes first. Pure; narrow.ts says as much of it as the store understands.
import { keyOf, type Field, type Item } from './fields.ts';
import type { Filter, Operator, TextFunction } from './odata.ts';

/** What nobody knows is null: only equal to null, neither less nor greater than anything. */
export function holds(filter: Filter, item: Item): boolean {
  switch (filter.is) {
    case 'and':
      return filter.parts.every((part) => holds(part, item));
    case 'or':
      return filter.parts.some((part) => holds(part, item));
    case 'not':
      return !holds(filter.part, item);
    case 'text':
      return tests[filter.does](String(item[filter.field]), filter.text);
    case 'compare': {
      const value = filter.value === null ? null : keyOf(filter.field, filter.value);
      return compares(filter.operator, keyOf(filter.field, item[filter.field]), value);
    }
  }
}

const tests: Record<TextFunction, (value: string, text: string) => boolean> = {
  startswith: (value, text) => value.startsWith(text),
  endswith: (value, text) => value.endsWith(text),
  contains: (value, text) => value.includes(text),
};

type Key = string | number | null;

function compares(operator: Operator, value: Key, other: Key): boolean {
  if (operator === 'eq') return value === other;
  if (operator === 'ne') return value !== other;
  if (value === null || other === null) return false;
  if (operator === 'gt') return value > other;
  if (operator === 'ge') return value >= other;
  return operator === 'lt' ? value < other : value <= other;
}

export interface SortKey {
  field: Field;
  isFalling: boolean;
}

/** What nobody knows comes first, as OData has it (4.01 part 1, §11.2.6.2). */
export function sortKeys(order: readonly SortKey[], item: Item): Key[] {
  return order.map(({ field }) => keyOf(field, item[field]));
}

export function compareKeys(order: readonly SortKey[], a: readonly Key[], b: readonly Key[]): number {
  for (const [at, { isFalling }] of order.entries()) {
    const way = compared(a[at]!, b[at]!);
    if (way !== 0) return isFalling ? -way : way;
  }
  return 0;
}

function compared(a: Key, b: Key): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}
