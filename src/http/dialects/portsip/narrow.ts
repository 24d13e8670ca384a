// A vendor's filter as conditions of the store: all of it where the store knows the fields, else whatever of it can leave calls out. Pure.
import type { CallFilter } from '../../../cdr/callquery.ts';
import { directionWords } from './words.ts';
import { directions } from '../../../cdr/cdr.ts';
import { keyOf } from './fields.ts';
import type { Filter } from './odata.ts';

/** `isExact`: the store's answer is the very answer; else a part of it may not be meant. */
export interface Narrowed {
  filter: CallFilter;
  isExact: boolean;
}

const nothingKnown: Narrowed = { filter: {}, isExact: false };

export function narrowed(filter: Filter | null): Narrowed {
  if (filter === null) return { filter: {}, isExact: true };
  switch (filter.is) {
    case 'and':
    case 'or': {
      const parts = filter.parts.map(narrowed);
      const filters = parts.map((part) => part.filter);
      return {
        filter: filter.is === 'and' ? { and: filters } : { or: filters },
        isExact: parts.every(({ isExact }) => isExact),
      };
    }
    case 'not': {
      const part = narrowed(filter.part);
      // What leaves too little out would, turned round, leave too much out.
      return part.isExact ? { filter: { not: part.filter }, isExact: true } : nothingKnown;
    }
    case 'compare':
      return compared(filter);
    case 'text':
      return nothingKnown;
  }
}

function compared({ field, operator, value }: Filter & { is: 'compare' }): Narrowed {
  const key = value === null ? null : keyOf(field, value);
  if (key === null) return nothingKnown;
  if (field === 'started_at') return exactly(startOf(operator, Number(key)));
  if (operator !== 'eq' && operator !== 'ne') return nothingKnown;
  const same = equalTo(field, String(key));
  if (same === null) return nothingKnown;
  return exactly(operator === 'eq' ? same : { not: same });
}

function equalTo(field: string, text: string): CallFilter | null {
  if (field === 'caller') return { caller: text };
  if (field !== 'direction') return null;
  const direction = directions.find((one) => directionWords[one] === text);
  return direction === undefined ? null : { direction };
}

/** Micros are whole: after a moment is from the next one on. */
function startOf(operator: (Filter & { is: 'compare' })['operator'], at: number): CallFilter {
  const ranges = {
    eq: { from: at, until: at + 1 },
    ne: { not: { from: at, until: at + 1 } },
    gt: { from: at + 1 },
    ge: { from: at },
    lt: { until: at },
    le: { until: at + 1 },
  };
  return ranges[operator];
}

function exactly(filter: CallFilter): Narrowed {
  return { filter, isExact: true };
}
