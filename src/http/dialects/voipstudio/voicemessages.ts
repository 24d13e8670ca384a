// Voicemail: no spool is read yet. What would be moved is checked all the same.
import type { FastifyInstance } from 'fastify';
import { ClientError } from '../../../errors.ts';
import type { HttpContext } from '../../context.ts';
import { found } from '../../validate.ts';
import { fault, noSuch } from './fault.ts';
import { demandHere } from './gate.ts';
import type { Properties } from './filter.ts';
import { registerNone } from './none.ts';

const properties: Properties = {
  ...{ id: 'number', caller: 'text', callerid: 'text', dialled: 'text', duration: 'number', extension_id: 'number' },
  ...{
    folder: 'number',
    is_new: 'flag',
    live_id: 'number',
    origtime: 'date',
    parent_live_id: 'number',
    transcript: 'text',
  },
};

/** Asterisk's, in its order (app_voicemail.c); clients send the name or its place. */
const folders = ['INBOX', 'Old', 'Work', 'Family', 'Friends'];

export function registerVoicemessages(api: FastifyInstance, context: HttpContext, base: string): void {
  registerNone(api, context, base, {
    ...{ resource: 'voicemessages', what: 'voicemail message', properties, byId: true, files: ['mp3'] },
    ...{ deleteAll: 202, deleteSome: true, also: ['PATCH'] },
  });
  api.patch(`${base}/voicemessages`, { onRequest: demandHere(context, 'write') }, async ({ body }) => {
    const ids = movedIn(body, context.limits.post_rows);
    if (ids.length > 0) throw noSuch('voicemail message', ids[0]!);
    return { data: [], total: 0 };
  });
}

/** @throws ClientError 400, 413 */
function movedIn(body: unknown, rows: number): number[] {
  if (!Array.isArray(body)) throw new ClientError(400, `${found(body)} is not a list like [{"id":1,"folder":"Old"}]`);
  if (body.length > rows)
    throw new ClientError(413, `${body.length} messages in one request, at most ${rows} (limits.post_rows)`);
  return body.flatMap((one: unknown, at) => {
    if (typeof one !== 'object' || one === null)
      throw fault(`${at}`, `${found(one)} is not like {"id":1,"folder":"Old"}`);
    if (Object.keys(one).length === 0) return [];
    const { id, folder } = one as Record<string, unknown>;
    if (!Number.isSafeInteger(id)) throw fault(`${at}.id`, `${found(id)} is not a whole number`);
    const isKnown = folders.includes(folder as string) || Object.hasOwn(folders, String(folder));
    if (!isKnown || !['string', 'number'].includes(typeof folder))
      throw fault(
        `${at}.folder`,
        `${found(folder)} is not one of ${folders.join(', ')}, nor a number from 0 to ${folders.length - 1}`,
      );
    return [id as number];
  });
}
