// Rows of a file over the daemon's own socket. One batch a request: who sends waits for its commit, and nothing piles up here.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import type { RawRow } from '../cdr/normalise.ts';
import { isZone } from '../cdr/time.ts';
import { ClientError } from '../errors.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { takenOf } from '../ingest/taken.ts';
import { byCommand, type AuditEntry } from '../store/audit.ts';
import type { Store } from '../store/store.ts';

/** The command sends at most 1 MiB of rows and one row more; as JSON they are at most six times as long. */
const bodyMax = 16 * 1024 * 1024;

/** Rows of one batch: one commit, during which nobody else writes. */
export const importRowsMax = 5000;

const closed = { additionalProperties: false };
const ImportBatch = Type.Object(
  {
    system: Type.String({ minLength: 1, maxLength: 255 }),
    rows: Type.Array(
      Type.Object(
        {
          kind: Type.Enum(['table', 'api']),
          timezone: Type.String({ maxLength: 64 }),
          fields: Type.Record(Type.String(), Type.Unknown()),
          mark: Type.Optional(
            Type.Object(
              {
                nth: Type.Optional(Type.Integer({ minimum: 0 })),
                line: Type.Optional(Type.String({ pattern: '^[0-9a-f]{32}$' })),
              },
              closed,
            ),
          ),
          faults: Type.Optional(
            Type.Array(Type.Object({ field: Type.String(), message: Type.String() }, closed), { minItems: 1 }),
          ),
        },
        closed,
      ),
      { minItems: 1, maxItems: importRowsMax },
    ),
  },
  closed,
);

/** Files of one import whose names are told, and the longest name. */
const namesMax = 100;
const nameMax = 255;

const count = Type.Integer({ minimum: 0 });
/** Of one import: that it begins, and how it ended. */
export const ImportTold = Type.Object(
  {
    import: Type.String({ pattern: '^[0-9a-f]{12}$' }),
    state: Type.Enum(['begun', 'finished', 'interrupted', 'failed']),
    system: Type.Union([Type.String({ maxLength: 255 }), Type.Null()]),
    files: Type.Array(Type.String({ maxLength: nameMax }), { minItems: 1, maxItems: namesMax }),
    /** Files beside those that are named. */
    others: count,
    counts: Type.Optional(
      Type.Object(
        { received: count, stored: count, duplicate: count, enriched: count, rejected: count, expired: count },
        closed,
      ),
    ),
  },
  closed,
);
export type ImportTold = Static<typeof ImportTold>;

/** The names of the files as the audit has them: the first ones, of long ones the end. */
export function namesOf(paths: readonly string[]): Pick<ImportTold, 'files' | 'others'> {
  const files = paths.slice(0, namesMax).map((path) => path.slice(-nameMax));
  return { files, others: paths.length - files.length };
}

export function importEntry({ counts, ...told }: ImportTold): AuditEntry {
  const more = told.files.length + told.others - 1;
  const object = more === 0 ? told.files[0]! : `${told.files[0]} and ${more} more`;
  return { at: Date.now() * 1000, by: byCommand, action: 'import', object, detail: { ...told, ...counts } };
}

export function registerControlImport(app: FastifyInstance, { ingest, store }: { ingest: Ingest; store: Store }): void {
  app.post('/imports/audit', { schema: { body: ImportTold } }, async (request) => {
    await store.audit(importEntry(request.body as ImportTold));
    return {};
  });
  app.post('/imports', { schema: { body: ImportBatch }, bodyLimit: bodyMax }, async (request) => {
    const { system, rows } = request.body as Static<typeof ImportBatch>;
    const strange = rows.find(({ timezone }) => !isZone(timezone));
    if (strange) throw new ClientError(422, `timezone: ${JSON.stringify(strange.timezone)} is not an IANA zone`);
    const outcomes = await ingest.take(system, rows.map(rawRow));
    return outcomes.map(takenOf);
  });
}

function rawRow(row: Static<typeof ImportBatch>['rows'][number]): RawRow {
  const fields = Object.assign(Object.create(null) as RawRow['fields'], row.fields);
  return { ...row, fields };
}
