// Records written over HTTP: the same path as any source, with an answer for each.
import { Type } from 'typebox';
import { dispositions } from '../../../cdr/cdr.ts';
import { customMax, texts, uniqueidMax, type TextName } from '../../../cdr/fields.ts';
import type { RawRow, RawValue } from '../../../cdr/normalise.ts';
import type { Within } from '../../../cdr/query.ts';
import { ClientError } from '../../../errors.ts';
import { failpoint } from '../../../failpoint.ts';
import { bare, systemOf, withoutSystem } from '../../../ingest/rows.ts';
import type { Outcome } from '../../../store/meet.ts';
import type { HttpContext } from '../../context.ts';
import { faultsMax, found, sentenceOf } from '../../validate.ts';
import type { PostResult } from './answers.ts';

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
  const bySystem = new Map<string | null, { at: number; row: RawRow }[]>();
  given.forEach((record, at) => {
    if (!isRecord(record)) {
      results[at] = { status: 'rejected', errors: [{ field: '', message: `${found(record)} is not a record` }] };
      return;
    }
    const named = systemOf(record, context.systems.keys());
    const system = typeof named === 'string' ? named : null;
    // Whatever is wrong with a record, it is handed over: it is kept as a reject.
    const fields = system === null ? bare(record) : withoutSystem(record);
    const rows = bySystem.get(system) ?? [];
    rows.push({ at, row: { kind: 'api', timezone: 'UTC', fields } });
    bySystem.set(system, rows);
  });
  for (const [system, rows] of bySystem) {
    const fields = rows.map(({ row }) => row);
    const outcomes = await context.ingest.post(system, fields, within);
    failpoint('before answer');
    rows.forEach(({ at }, index) => (results[at] = resultOf(outcomes[index]!)));
  }
  return results;
}

/** The answer for one record sent alone: 201, 200, or 422 with the faults. */
export function statusOf(result: PostResult): number {
  if (result.status === 'created') return 201;
  if (result.status === 'duplicate') return 200;
  if (result.status === 'expired')
    throw new ClientError(410, 'this record was taken away by retention, it does not come back');
  throw new ClientError(422, `the record was not stored: ${sentenceOf(result.errors)}`, result.errors);
}

function resultOf(outcome: Outcome): PostResult {
  if (outcome.outcome === 'rejected') {
    return { status: 'rejected', errors: outcome.reject.faults.slice(0, faultsMax) };
  }
  return outcome.outcome === 'expired' ? { status: 'expired' } : { status: outcome.outcome, id: outcome.id };
}

function isRecord(value: unknown): value is Record<string, RawValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
