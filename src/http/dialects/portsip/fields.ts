// What a call has in this vendor's list, and how each of it is compared: all that `filter` and `orderby` may name.
import type { Micros } from '../../../cdr/cdr.ts';
import { parseIso } from '../../../cdr/time.ts';

/** text: by its characters. number. time: RFC 3339, as instants. id: a number in a text. */
export const fieldKinds = {
  id: 'id',
  caller: 'text',
  caller_domain: 'text',
  caller_display_name: 'text',
  callee: 'text',
  callee_domain: 'text',
  callee_display_name: 'text',
  started_at: 'time',
  rang_at: 'time',
  answered_at: 'time',
  ended_at: 'time',
  call_id: 'text',
  direction: 'text',
  end_reason: 'text',
  reroute_reason: 'text',
  status_code: 'number',
  destination: 'text',
  outbound_caller_id: 'text',
  did_cid: 'text',
  trunk: 'text',
  duration: 'number',
  service_number: 'text',
  user_data: 'text',
} as const;

export type Field = keyof typeof fieldKinds;
export type Kind = (typeof fieldKinds)[Field];
export const fieldNames = Object.keys(fieldKinds) as Field[];

/** A call as the list shows it. What nobody knows is '' or 0, as the vendor's own answers have it. */
export type Item = { [Name in Field]: (typeof fieldKinds)[Name] extends 'number' ? number : string };

export function isField(name: string): name is Field {
  return Object.hasOwn(fieldKinds, name);
}

/** What two values of a field are compared by; null: nobody knows it. */
export function keyOf(field: Field, value: string | number): string | number | null {
  if (value === '') return null;
  if (fieldKinds[field] === 'id') return Number(value);
  return fieldKinds[field] === 'time' ? timeOf(String(value)) : value;
}

function timeOf(text: string): Micros | null {
  return parseIso(text) ?? null;
}
