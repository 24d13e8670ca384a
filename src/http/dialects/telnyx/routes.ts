// Telnyx's CDR reports: V1 at /reporting/cdr_requests, the same over V2's address and envelope for the vendor's SDK, and the links of finished ones.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ClientError } from '../../../errors.ts';
import type { Report } from '../../../store/reports.ts';
import type { Dialect, HttpContext } from '../../context.ts';
import { byOfRequest } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { columnGroups } from './columns.ts';
import { document, urls } from './document.ts';
import { registerDownloads } from './downloads.ts';
import { demandHere, principalOf } from './gate.ts';
import { pageOf, type Page } from './page.ts';
import { refuse } from './refuse.ts';
import { toV1, toV2, type Around } from './shape.ts';
import { readOrder } from './wish.ts';

/** Where clients of V1 show who they are (gate.ts). */
const tokenHeaders = ['X-Api-User', 'X-Api-Token'];
/** What the vendor's SDK says of itself with every request. */
const sdkWords = ['Lang', 'Package-Version', 'OS', 'Arch', 'Runtime', 'Runtime-Version', 'Retry-Count', 'Timeout'];
const sdkHeaders = ['User-Agent', ...sdkWords.map((word) => `X-Stainless-${word}`)];

export const telnyx: Dialect = {
  isDocumented: false,
  document,
  refuse,
  headers: { sent: [...tokenHeaders, ...sdkHeaders], told: ['X-Report-Records', 'X-Report-Progress'] },
  register(api, context) {
    api.removeContentTypeParser('text/plain');
    registerReports(api, context, versions[1]);
    registerFields(api, context);
    registerReports(api, context, versions[2]);
    registerDownloads(api, context);
  },
};

interface Version {
  number: 1 | 2;
  url: string;
  one: (report: Report, around: Around) => object;
  list: (reports: readonly Report[], around: Around, page: Page, total: number) => object;
  /** Of one that was deleted. */
  removed: (report: Report, around: Around) => object;
}

const versions: Record<1 | 2, Version> = {
  1: {
    ...{ number: 1, url: urls[1], one: toV1 },
    list: (reports, around) => reports.map((report) => toV1(report, around)),
    removed: ({ name }) => ({ success: true, message: `CDR request ${name} was deleted` }),
  },
  2: {
    ...{ number: 2, url: urls[2], one: (report, around) => ({ data: toV2(report, around) }) },
    list: (reports, around, { number, size }, total) => ({
      data: reports.map((report) => toV2(report, around)),
      meta: {
        ...{ page_number: number, page_size: size, total_pages: Math.ceil(total / size), total_results: total },
      },
    }),
    removed: (report, around) => ({ data: toV2(report, around) }),
  },
};

function registerReports(api: FastifyInstance, context: HttpContext, version: Version): void {
  const { store, auth, reports, dialects } = context;
  const config = dialects.telnyx;
  const onRequest = demandHere(context);
  const now = () => auth.now() * 1000;
  const aroundOf = ({ protocol, host }: FastifyRequest): Around => ({
    ...{ config, now: now(), base: `${protocol}://${host}${api.prefix}` },
  });
  const reportOf = async (request: FastifyRequest): Promise<Report> => {
    const { id } = request.params as { id: string };
    const report = await store.report(id.slice(0, 64), principalOf(request).within);
    if (!report) throw new ClientError(404, `there is no CDR request ${id.slice(0, 64)}`);
    return report;
  };

  api.post(version.url, { onRequest }, async (request) => {
    const asked = readOrder(request.body, version.number, config, now());
    const { within, kind, id } = principalOf(request);
    const order = { within, asked, makerKind: kind, makerId: id };
    const report = await store.addReport(order, config.reports, byOfRequest(request), now());
    reports.wake();
    return version.one(report, aroundOf(request));
  });

  api.get(version.url, { onRequest }, async (request) => {
    const page = pageOf(request.query as Record<string, unknown>, config);
    const { within } = principalOf(request);
    const total = version.number === 2 ? await store.countReports(within) : 0;
    const found = await store.reports(within, (page.number - 1) * page.size, page.size);
    return version.list(found, aroundOf(request), page, total);
  });

  api.get(`${version.url}/:id`, { onRequest }, async (request, reply) => {
    const report = await reportOf(request);
    // How far it is: the vendor's object has no place for it.
    void reply.header('x-report-records', report.records).header('x-report-progress', report.share);
    return version.one(report, aroundOf(request));
  });

  api.delete(`${version.url}/:id`, { onRequest }, async (request) => {
    const report = await reportOf(request);
    const { kind, id, scope } = principalOf(request);
    const isOwn = report.makerKind === kind && report.makerId === id;
    if (!isOwn && scope === 'read')
      throw new ClientError(403, 'somebody else had this report made: to delete it needs the scope write');
    if (!(await store.removeReport(report.id, byOfRequest(request), now())))
      throw new ClientError(404, `there is no CDR request ${report.name}`);
    return version.removed(report, aroundOf(request));
  });

  closeOtherMethods(api, version.url, ['GET', 'POST']);
  closeOtherMethods(api, `${version.url}/:id`, ['DELETE', 'GET']);
}

function registerFields(api: FastifyInstance, context: HttpContext): void {
  api.get(`${urls[2]}/fields`, { onRequest: demandHere(context) }, () => columnGroups);
  closeOtherMethods(api, `${urls[2]}/fields`, ['GET']);
}
