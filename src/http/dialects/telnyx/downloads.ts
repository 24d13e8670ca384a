// The link of a finished report: 128 random bits in its path and nothing else; whoever has it reads the text, part by part from the store.
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { ClientError, Unavailable } from '../../../errors.ts';
import type { Report } from '../../../store/reports.ts';
import type { Store } from '../../../store/store.ts';
import type { HttpContext } from '../../context.ts';
import { sendExport } from '../../export/send.ts';
import type { Piece } from '../../export/thread.ts';
import { closeOtherMethods } from '../../methods.ts';
import { isOver } from './shape.ts';

const url = '/reporting/downloads/:file';

export function registerDownloads(api: FastifyInstance, context: HttpContext): void {
  const { store, auth, dialects } = context;
  api.get<{ Params: { file: string } }>(url, async (request, reply) => {
    const [, link] = /^([A-Za-z0-9_-]{22})\.csv$/.exec(request.params.file) ?? [];
    const report = link === undefined ? undefined : await store.reportByLink(link);
    const around = { config: dialects.telnyx, now: auth.now() * 1000 };
    if (report?.state !== 'complete' || isOver(report, around))
      throw new ClientError(404, 'there is no such report, or it has expired');
    const list = `/cdr_requests/${report.name}`;
    const asked = { lines: report.records };
    return sendExport(context, request, reply, { list, asked, format: 'csv', pieces: piecesOf(store, report) });
  });
  closeOtherMethods(api, url, ['GET']);
}

async function* piecesOf(store: Store, { id, parts }: Report): AsyncGenerator<Piece, void> {
  for (let no = 0; no < parts; no++) {
    const body = await store.reportPart(id, no);
    // It was removed meanwhile: what is sent must not look whole.
    if (!body) throw new Unavailable('the report is gone');
    const text = await promisify(gunzip)(body);
    // In a buffer of its own, which can be freed once it is sent.
    yield { bytes: new Uint8Array(text), rows: 0 };
  }
}
