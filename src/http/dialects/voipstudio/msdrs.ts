// Records of media sessions: none are kept yet.
import type { FastifyInstance } from 'fastify';
import type { HttpContext } from '../../context.ts';
import { dictionary, registerDictionary } from './dictionaries.ts';
import type { Properties } from './filter.ts';
import { registerNone } from './none.ts';

const properties: Properties = {
  ...{ id: 'number', call_id: 'text', created_at: 'date', dst: 'text', dst_id: 'text', dst_ua: 'text' },
  ...{ duration: 'number', media_session_id: 'number', src: 'text', src_id: 'text', src_ua: 'text' },
  ...{ t_cause: 'text', type: 'text', user_id: 'number' },
};

export function registerMsdrs(api: FastifyInstance, context: HttpContext, base: string): void {
  registerDictionary(api, base, 'msdrs', [dictionary('type', ['O', 'I'])]);
  registerNone(api, context, base, {
    ...{ resource: 'msdrs', what: 'media session record', properties, byId: true, files: ['trace', 'pcap'] },
  });
}
