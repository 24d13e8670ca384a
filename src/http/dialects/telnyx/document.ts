// What /openapi.json?dialect=telnyx says: the addresses of this dialect, and its envelope of faults.
import { Type } from 'typebox';
import { bearer, type Told, type VendorDocument } from '../../documents/vendors.ts';

/** Where reports are ordered; V2 has its own envelope. */
export const urls = { 1: '/reporting/cdr_requests', 2: '/v2/legacy/reporting/batch_detail_records/voice' } as const;

const reports = (url: string): Record<string, Told> => ({
  [`GET ${url}`]: ['The reports that were ordered, the newest first', 'read'],
  [`POST ${url}`]: ['Orders a report of the calls of a time, as a CSV file', 'read'],
  [`GET ${url}/:id`]: ['One report; when it is finished, with its link', 'read'],
  [`DELETE ${url}/:id`]: ['Takes a report away, made or not: one of somebody else needs write', 'read'],
});

export const document: VendorDocument = {
  title: 'Telnyx, CDR reports',
  routes: {
    ...reports(urls[1]),
    ...reports(urls[2]),
    [`GET ${urls[2]}/fields`]: ['The columns that a report may have', 'read'],
    'GET /reporting/downloads/:file': ['The file of a finished report, for whoever has its link', 'nobody'],
  },
  security: { token: { type: 'apiKey', in: 'header', name: 'x-api-token' }, ...bearer },
  fault: Type.Object({
    success: Type.Literal(false),
    message: Type.String(),
    errors: Type.Array(
      Type.Object({
        code: Type.String(),
        title: Type.String(),
        detail: Type.String(),
        source: Type.Optional(Type.Object({ pointer: Type.String() })),
      }),
    ),
  }),
};
