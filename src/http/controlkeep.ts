// Backups that were made, retention, anonymising and holds over the daemon's own socket: slices are asked for by the commands.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { ClientError } from '../errors.ts';
import { numbersMax, type Retention } from '../ingest/retention.ts';
import { byCommand, type AuditEntry } from '../store/audit.ts';
import type { Store } from '../store/store.ts';
import { IdParams } from './bodies.ts';
import { NewHold, wholeHold } from './holdbodies.ts';

const closed = { additionalProperties: false };
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const SavedTold = Type.Object(
  { file: Type.String({ minLength: 1, maxLength: 4096 }), records: count, bytes: count },
  closed,
);
export type SavedTold = Static<typeof SavedTold>;

const RetainBody = Type.Object(
  { after: Type.Object({ start: count, id: count }, closed), isDryRun: Type.Boolean() },
  closed,
);
const EraseBody = Type.Object(
  {
    numbers: Type.Array(Type.String({ maxLength: 64 }), { maxItems: numbersMax }),
    after: count,
    isDryRun: Type.Boolean(),
  },
  closed,
);

const now = () => Date.now() * 1000;

export function savedEntry({ file, ...detail }: SavedTold): AuditEntry {
  return { at: now(), by: byCommand, action: 'store.saved', object: file.slice(-255), detail };
}

export function registerControlKeep(
  app: FastifyInstance,
  { store, retention }: { store: Store; retention: Retention },
): void {
  app.post('/backups', { schema: { body: SavedTold } }, async (request) => {
    await store.audit(savedEntry(request.body as SavedTold));
    return {};
  });
  app.post('/retention', { schema: { body: RetainBody } }, (request) =>
    retention.slice(request.body as Static<typeof RetainBody>, now(), byCommand),
  );
  app.post('/anonymise', { schema: { body: EraseBody } }, (request) =>
    retention.eraseSlice(request.body as Static<typeof EraseBody>, byCommand, now()),
  );
  app.post('/anonymise/copies', { schema: { body: EraseBody } }, (request) =>
    retention.eraseCopies(request.body as Static<typeof EraseBody>, now()),
  );
  app.get('/holds', () => store.listHolds());
  app.post('/holds', { schema: { body: NewHold } }, (request) =>
    store.addHold(wholeHold(request.body as NewHold), byCommand, now()),
  );
  app.delete('/holds/:id', { schema: { params: IdParams } }, async (request) => {
    const { id } = request.params as Static<typeof IdParams>;
    if (!(await store.removeHold(id, byCommand, now()))) throw new ClientError(404, `there is no hold ${id}`);
    return { removed: id };
  });
}
