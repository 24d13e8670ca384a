// Which form of a list a client wants: what its Accept and Accept-Encoding say, with their weights (RFC 9110 §12.5).
import type { IncomingHttpHeaders } from 'node:http';

export const formats = ['csv', 'ndjson'] as const;
/** What a list can be exported as; also the suffix of its address. */
export type Format = (typeof formats)[number];

/** RFC 4180 §3; newline-delimited JSON has no registered type. */
export const contentTypes: Record<Format, string> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
};

/** By the names a client may give it; of equal weight the first is taken, so JSON stays what everybody gets. */
const offers: [type: string, format: Format | undefined][] = [
  ['application/json', undefined],
  ['text/csv', 'csv'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
];

/** Longest header that is looked at, in characters: nobody shall make us weigh thousands of types. */
const headerMax = 1000;

/** The format that fits best, undefined for JSON: also where nothing fits. */
export function formatOf({ accept }: IncomingHttpHeaders): Format | undefined {
  if (accept === undefined) return undefined;
  const weights = weightsOf(accept);
  let best: { format: Format | undefined; weight: number } = { format: undefined, weight: 0 };
  for (const [type, format] of offers) {
    const weight = weights.get(type) ?? weights.get(`${type.split('/')[0]}/*`) ?? weights.get('*/*') ?? 0;
    if (weight > best.weight) best = { format, weight };
  }
  return best.format;
}

/** How Fastify finds a route that is for one format only, `constraints: { format }`; without one, the route for all. */
export const byAccept = {
  name: 'format',
  mustMatchWhenDerived: false,
  storage: () => {
    const handlers = new Map<string, never>();
    return {
      get: (format: string) => handlers.get(format) ?? null,
      set: (format: string, handler: never) => void handlers.set(format, handler),
    };
  },
  validate: () => undefined,
  deriveConstraint: ({ headers }: { headers: IncomingHttpHeaders }) => formatOf(headers) ?? 'json',
};

export function takesGzip(headers: IncomingHttpHeaders): boolean {
  const weights = weightsOf(String(headers['accept-encoding'] ?? ''));
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0;
  return gzip > 0 && gzip >= (weights.get('identity') ?? 0);
}

/** Weights by lower-case name; what has none has 1, a weight that is no number is 0, other parameters are passed over. */
function weightsOf(header: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const part of header.slice(0, headerMax).split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '');
    if (name !== '')
      weights.set(name, weight === undefined ? 1 : /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0);
  }
  return weights;
}
