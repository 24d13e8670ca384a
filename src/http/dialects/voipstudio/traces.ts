// /cdrs/{id}.trace and .pcap: the SIP of a call. None is kept yet, so a record that is there has none either.
import type { FastifyInstance } from 'fastify';
import { ClientError } from '../../../errors.ts';
import type { HttpContext } from '../../context.ts';
import { closeOtherMethods } from '../../methods.ts';
import { oneCdr } from './cdrs.ts';
import { idIn } from './fault.ts';
import { demandHere, principalOf } from './gate.ts';

export function registerTraces(api: FastifyInstance, context: HttpContext, base: string): void {
  for (const suffix of ['trace', 'pcap']) {
    const url = `${base}/cdrs/:id.${suffix}`;
    api.get<{ Params: { id: string } }>(url, { onRequest: demandHere(context, 'read') }, async (request) => {
      const { id } = await oneCdr(context, idIn(request.params.id, 'record'), principalOf(request).within);
      throw new ClientError(404, `of the record ${id} there is no ${suffix}`);
    });
    closeOtherMethods(api, url, ['GET']);
  }
}
