// Records written over HTTP: the same path as any source, with an answer for each.
import { Type } from 'typebox';
import { dispositions } from '../../../cdr/cdr.ts';
import { customMax, texts, uniqueidMax, type TextName } from '../../../cdr/fields.ts';
import { normalise, type RawRow, type RawValue } from '../../../cdr/normalise.ts';
import type { Within } from '../../../cdr/query.ts';
import { BadRecord, ClientError, type Fault } from '../../../errors.ts';
import type { Outcome } from '../../../store/append.ts';
import type { HttpContext } from '../../context.ts';
import { faultsMax, found, sentenceOf } from '../../validate.ts';
import type { PostResult } from './answers.ts';

const known = new Set<string>([
  ...texts.map(({ name }) => name),
  ...['system', 'uniqueid', 'sequence', 'linkedid', 'start', 'answer', 'end', 'duration', 'billsec', 'disposition'],
  ...['amaflags', 'custom'],
]);

const text = (maxLength: number, description: string) =>
  Type.Optional(Type.Union([Type.String({ maxLength }), Type.Null()], { description }));
const seconds = (description: string) => Type.Integer({ minimum: 0, description });
const time = 'RFC 3339, with a zone';

/** For the documents and the client; what a record must be, cdr/normalise.ts says. */
export const NewCdr = Type.Object(
  {
    system: Type.Optional(Type.String({ description: 'a configured system; may be left out where there is only one' })),
    uniqueid: Type.String({ minLength: 1, maxLength: uniqueidMax, description: 'as Asterisk gives it' }),
    sequence: Type.Optional(
      Type.Union([seconds(''), Type.Null()], { description: 'tells records of one channel apart' }),
    ),
    linkedid: text(uniqueidMax, 'joins the records of one call'),
    start: Type.String({ format: 'date-time', description: time }),
    answer: Type.Optional(Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description: time })),
    end: Type.Optional(Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description: time })),
    duration: seconds('whole seconds from start to end'),
    billsec: Type.Optional(seconds('whole seconds from answer to end')),
    disposition: Type.Enum([...dispositions], { description: "Asterisk's word for how it ended" }),
    amaflags: Type.Optional(
      Type.Union(
        [Type.Integer({ minimum: 0, maximum: 99 }), Type.Enum(['OMIT', 'BILLING', 'DOCUMENTATION']), Type.Null()],
        {
          description: '1 OMIT, 2 BILLING, 3 DOCUMENTATION',
        },
      ),
    ),
    ...textShapes(),
    custom: Type.Optional(
      Type.Unsafe<Record<string, string>>({
        type: 'object',
        maxProperties: customMax.count,
        additionalProperties: { type: 'string', maxLength: customMax.value },
        description: "whatever is beyond Asterisk's own columns",
      }),
    ),
  },
  { additionalProperties: false, title: 'NewCdr' },
);

function textShapes() {
  const shapes = texts.map(({ name, max }) => [name, text(max, `Asterisk's ${name}`)] as const);
  return Object.fromEntries(shapes) as Record<TextName, ReturnType<typeof text>>;
}

export const NewCdrs = (rows: number) => Type.Union([NewCdr, Type.Array(NewCdr, { maxItems: rows })]);

/** One result per given record, in their order. */
export async function postCdrs(given: readonly unknown[], within: Within, context: HttpContext): Promise<PostResult[]> {
  const results = new Array<PostResult>(given.length);
  const bySystem = new Map<string, { at: number; row: RawRow }[]>();
  given.forEach((record, at) => {
    const system = isObject(record) ? systemOf(record, context.systems) : '';
    const faults = isObject(record)
      ? unknownKeys(record)
      : [{ field: '', message: `${found(record)} is not a record` }];
    if (typeof system !== 'string') faults.push(system);
    const fields = isObject(record) ? fieldsOf(record as Record<string, RawValue>) : null;
    if (faults.length > 0 || !fields) {
      results[at] = {
        status: 'rejected',
        errors: fields ? [...valueFaults(fields), ...faults].slice(0, faultsMax) : faults,
      };
      return;
    }
    const rows = bySystem.get(system as string) ?? [];
    rows.push({ at, row: { kind: 'api', timezone: 'UTC', fields } });
    bySystem.set(system as string, rows);
  });
  for (const [system, rows] of bySystem) {
    const fields = rows.map(({ row }) => row);
    const outcomes = await context.ingest.post(system, fields, within);
    rows.forEach(({ at }, index) => (results[at] = resultOf(outcomes[index]!)));
  }
  return results;
}

/** The answer for one record sent alone: 201, 200, or 422 with the faults. */
export function statusOf(result: PostResult): number {
  if (result.status === 'created') return 201;
  if (result.status === 'duplicate') return 200;
  throw new ClientError(422, `the record was not stored: ${sentenceOf(result.errors)}`, result.errors);
}

function resultOf(outcome: Outcome): PostResult {
  if (outcome.outcome !== 'rejected') return { status: outcome.outcome, id: outcome.id };
  return { status: 'rejected', errors: outcome.reject.faults };
}

/** What is wrong with the values too, so that the writer hears of everything at once. */
function valueFaults(fields: RawRow['fields']): Fault[] {
  try {
    normalise({ kind: 'api', timezone: 'UTC', fields }, '');
    return [];
  } catch (error) {
    if (error instanceof BadRecord) return error.faults;
    throw error;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** normalise judges the fields of a record; whoever writes another, misspelt one. */
function unknownKeys(record: Record<string, unknown>): Fault[] {
  const message = `is not a field of a record, expected one of ${[...known].join(', ')}`;
  const unknown = Object.keys(record).filter((key) => !known.has(key));
  return unknown.slice(0, faultsMax).map((key) => ({ field: key.slice(0, 100), message }));
}

/** The named system, or the only one there is. */
function systemOf(record: Record<string, unknown>, systems: ReadonlyMap<string, string>): string | Fault {
  const named = record['system'];
  const names = [...systems.keys()];
  if (named === undefined && names.length === 1) return names[0]!;
  if (typeof named === 'string' && systems.has(named)) return named;
  const expected = names.length > 0 ? `expected one of ${names.join(', ')}` : 'and no system is configured';
  return {
    field: 'system',
    message: `${named === undefined ? 'is missing' : `${found(named)} is not configured`}, ${expected}`,
  };
}

function fieldsOf(record: Record<string, RawValue>): Record<string, RawValue> {
  const fields = Object.create(null) as Record<string, RawValue>;
  for (const [key, value] of Object.entries(record)) if (key !== 'system') fields[key] = value;
  return fields;
}
