// What is kept of a row that could not be understood.
import type { RawRow } from '../cdr/normalise.ts';

/** JSON of what came; nesting deeper than the stack allows can come over HTTP only, and says nothing. */
export function rawText(fields: RawRow['fields']): string {
  try {
    return JSON.stringify(fields);
  } catch {
    return JSON.stringify({ keys: Object.keys(fields), note: 'nested too deeply to be kept' });
  }
}
