// Chats with visitors of a web site: nothing at an Asterisk is one.
import type { FastifyInstance } from 'fastify';
import type { HttpContext } from '../../context.ts';
import type { Properties } from './filter.ts';
import { registerNone } from './none.ts';

const properties: Properties = {
  ...{ id: 'number', created_at: 'date', customer_id: 'number', duration: 'number', operator_id: 'number' },
  ...{ operator_ua: 'text', state: 'number', visitor_city: 'text', visitor_country: 'text', visitor_email: 'text' },
  ...{ visitor_geo: 'text', visitor_id: 'text', visitor_ip: 'text', visitor_name: 'text', visitor_referer: 'text' },
  ...{ visitor_ua: 'text', website_id: 'number' },
};

export function registerChats(api: FastifyInstance, context: HttpContext, base: string): void {
  registerNone(api, context, base, { resource: 'chats', what: 'chat', properties, byId: true });
}
