// Backups that were made, over the daemon's own socket: the commands do the work, the audit has it.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { byCommand, type AuditEntry } from '../store/audit.ts';
import type { Store } from '../store/store.ts';

const closed = { additionalProperties: false };
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const SavedTold = Type.Object(
  { file: Type.String({ minLength: 1, maxLength: 4096 }), records: count, bytes: count },
  closed,
);
export type SavedTold = Static<typeof SavedTold>;

export function savedEntry({ file, ...detail }: SavedTold): AuditEntry {
  const at = Date.now() * 1000;
  return { at, by: byCommand, action: 'store.saved', object: file.slice(-255), detail };
}

export function registerControlKeep(app: FastifyInstance, { store }: { store: Store }): void {
  app.post('/backups', { schema: { body: SavedTold } }, async (request) => {
    await store.audit(savedEntry(request.body as SavedTold));
    return {};
  });
}
