// Recordings of calls: none are kept yet.
import type { FastifyInstance } from 'fastify';
import type { HttpContext } from '../../context.ts';
import type { Properties } from './filter.ts';
import { registerNone } from './none.ts';

const properties: Properties = {
  ...{ id: 'number', called: 'text', caller: 'text', context: 'text', dst_id: 'text', dst_name: 'text' },
  ...{ duration: 'number', live_id: 'number', sentiment: 'text', sip_endpoint_id: 'number', size: 'number' },
  ...{ src_id: 'text', summary: 'text', timestamp: 'date', transcript: 'text', type: 'text', user_id: 'number' },
};

export function registerMonitors(api: FastifyInstance, context: HttpContext, base: string): void {
  registerNone(api, context, base, {
    ...{ resource: 'monitors', what: 'recording', properties, byId: true, files: ['mp3'] },
    ...{ deleteAll: 202, deleteSome: true },
  });
}
