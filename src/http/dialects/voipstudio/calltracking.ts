// Numbers that are called from advertisements (`tracking_numbers`): the records of calls to them, and the numbers themselves.
import type { FastifyInstance } from 'fastify';
import type { ColumnFilter } from '../../../cdr/columns.ts';
import { keyIn } from '../../../rules/tables.ts';
import type { Did } from '../../../store/things.ts';
import type { HttpContext } from '../../context.ts';
import { closeOtherMethods } from '../../methods.ts';
import { wholeOf } from '../whole.ts';
import type { pagerOf } from './cdrs.ts';
import type { Kind } from './filter.ts';
import { demandHere, principalOf } from './gate.ts';
import { listed } from './smalllist.ts';

const properties = { id: 'text', e164: 'text', name: 'text', target_id: 'number' } as const satisfies Record<
  string,
  Kind
>;
export function registerCallTracking(
  api: FastifyInstance,
  context: HttpContext,
  base: string,
  page: ReturnType<typeof pagerOf>,
): void {
  const { store, dialects } = context;
  const onRequest = demandHere(context, 'read');
  const numbers = dialects.voipstudio.tracking_numbers;

  api.get(`${base}/cdrs/calltracking`, { onRequest }, (request) => page(request, callsTo(numbers)));

  api.get(`${base}/calltracking/cdrs`, { onRequest }, async (request) => {
    const { within } = principalOf(request);
    const tracked = new Set(numbers.map((number) => keyIn('dids', number)));
    const dids = await wholeOf((after, limit) => store.things('did', within, after, limit));
    const rows = dids.filter(({ number }) => tracked.has(keyIn('dids', number)));
    return listed(request, properties, rows.map(toNumber));
  });

  closeOtherMethods(api, `${base}/cdrs/calltracking`, ['GET']);
  closeOtherMethods(api, `${base}/calltracking/cdrs`, ['GET']);
}

/** Inbound records whose `did` is one of these, or that have none and were made to one. */
function callsTo(numbers: readonly string[]): ColumnFilter {
  const spelt = [...new Set(numbers.flatMap((number) => [number, keyIn('dids', number), `+${keyIn('dids', number)}`]))];
  const called: ColumnFilter[] = spelt.flatMap((value): ColumnFilter[] => [
    { custom: 'did', is: '=', value },
    { column: 'dst', is: '=', value },
  ]);
  return { all: [{ column: 'direction', is: '=', value: 'inbound' }, { any: called }] };
}

/** As the vendor's numbers look; what cdrd does not keep of them is null. */
function toNumber({ number, name, id }: Did): Record<string, unknown> {
  return {
    ...{ id: number, channels: null, cli_hide: null, cli_prefix: null, created_at: null, e164: number },
    ...{ esc_enabled: null, fax_email: null, fax_enabled: null, flag: null, has_fax_password: null, info: null },
    ...{ name, rate: null, sms_email: null, sms_enabled: null, status: null, target_id: id, target_type: null },
    ...{ tel_verified: null, uri: null },
  };
}
