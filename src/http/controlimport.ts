// Rows of a file over the daemon's own socket. One batch a request: who sends waits for its commit, and nothing piles up here.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import type { RawRow } from '../cdr/normalise.ts';
import { isZone } from '../cdr/time.ts';
import { ClientError } from '../errors.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { takenOf } from '../ingest/taken.ts';

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
          mark: Type.Optional(Type.Object({ nth: Type.Integer({ minimum: 0 }) }, closed)),
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

export function registerControlImport(app: FastifyInstance, ingest: Ingest): void {
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
