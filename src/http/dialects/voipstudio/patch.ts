// PATCH /cdrs: info, labels and metadata of several records, written beside them. All of it is looked at before any of it is written.
import type { FastifyInstance } from 'fastify';
import type { Patch } from '../../../cdr/overlay.ts';
import { ClientError, type Fault } from '../../../errors.ts';
import type { HttpContext } from '../../context.ts';
import { byOfRequest } from '../../gate.ts';
import { found } from '../../validate.ts';
import { oneCdr, shaperOf } from './cdrs.ts';
import { noSuch } from './fault.ts';
import { demandHere, principalOf } from './gate.ts';

const most = { info: 4096, labels: 50, label: 64, metadata: 50, key: 64, value: 1024 };
const writable = ['info', 'labels', 'metadata'];

interface Change {
  id: number;
  patch: Patch;
}

export function registerPatch(api: FastifyInstance, context: HttpContext, base: string): void {
  const { store, feed, limits } = context;
  api.patch(`${base}/cdrs`, { onRequest: demandHere(context, 'write') }, async (request) => {
    const { within } = principalOf(request);
    const changes = readChanges(request.body, limits.post_rows);
    for (const { id } of changes) await oneCdr(context, id, within);
    const by = byOfRequest(request);
    const cdrs = [];
    for (const { id, patch } of changes) {
      const cdr = await store.edit({ id, by, now: Date.now() * 1000, within }, patch);
      if (!cdr) throw noSuch('record', id);
      cdrs.push(cdr);
    }
    feed.wake();
    const rows = await (await shaperOf(context, within))(cdrs);
    return rows.length === 1 ? { data: rows[0], links: {} } : { data: rows, total: rows.length };
  });
}

/** Empty members, which the vendor's own example has, say nothing. @throws ClientError 400, 413 */
function readChanges(body: unknown, rows: number): Change[] {
  if (!Array.isArray(body)) throw new ClientError(400, `${found(body)} is not a list like [{"id":1,"info":"x"}]`);
  if (body.length > rows)
    throw new ClientError(413, `${body.length} records in one request, at most ${rows} (limits.post_rows)`);
  const faults: Fault[] = [];
  const changes = body.flatMap((one: unknown, at) => {
    if (typeof one !== 'object' || one === null) {
      faults.push({ field: `${at}`, message: `${found(one)} is not like {"id":1,"info":"x"}` });
      return [];
    }
    return Object.keys(one).length === 0 ? [] : [readChange(one as Record<string, unknown>, `${at}`, faults)];
  });
  if (faults.length === 0) return changes;
  throw new ClientError(400, `${faults[0]!.field}: ${faults[0]!.message}`, faults.slice(0, 20));
}

function readChange({ id, ...given }: Record<string, unknown>, at: string, faults: Fault[]): Change {
  const fault = (field: string, message: string) => void faults.push({ field: `${at}.${field}`, message });
  if (!Number.isSafeInteger(id) || (id as number) < 1) fault('id', `${found(id)} is not the id of a record`);
  for (const name of Object.keys(given)) {
    if (!writable.includes(name))
      fault(name.slice(0, 64), `cannot be changed, expected some of ${writable.join(', ')}`);
  }
  const { info, labels, metadata } = given;
  if (info !== undefined && info !== null && (typeof info !== 'string' || info.length > most.info))
    fault('info', `${found(info)} is not a text of up to ${most.info} characters`);
  if (labels !== undefined && !isLabels(labels))
    fault('labels', `${found(labels)} is not a list of up to ${most.labels} texts of 1 to ${most.label} characters`);
  if (metadata !== undefined && !isMetadata(metadata))
    fault(
      'metadata',
      `${found(metadata)} is not an object of up to ${most.metadata} texts, numbers, booleans or nulls`,
    );
  if (faults.length > 0) return { id: 0, patch: {} };
  const said = {
    ...(info === undefined ? {} : { userfield: (info as string | null)?.toWellFormed() ?? null }),
    ...(metadata === undefined ? {} : { metadata: metadata as Record<string, string> }),
  };
  return {
    id: id as number,
    patch: {
      ...(labels === undefined ? {} : { tags: (labels as string[]).map((label) => label.trim().toWellFormed()) }),
      ...(Object.keys(said).length > 0 ? { said } : {}),
    },
  };
}

function isLabels(labels: unknown): boolean {
  const isLabel = (label: unknown) => typeof label === 'string' && label.trim() !== '' && label.length <= most.label;
  return Array.isArray(labels) && labels.length <= most.labels && labels.every(isLabel);
}

function isMetadata(metadata: unknown): boolean {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return false;
  const entries = Object.entries(metadata);
  const isValue = (value: unknown) =>
    value === null ||
    ['number', 'boolean'].includes(typeof value) ||
    (typeof value === 'string' && value.length <= most.value);
  return entries.length <= most.metadata && entries.every(([key, value]) => key.length <= most.key && isValue(value));
}
