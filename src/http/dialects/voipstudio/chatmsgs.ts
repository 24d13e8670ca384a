// Messages of chats: of none there is none to delete.
import type { FastifyInstance } from 'fastify';
import type { HttpContext } from '../../context.ts';
import { registerNone } from './none.ts';

export function registerChatMessages(api: FastifyInstance, context: HttpContext, base: string): void {
  const none = { resource: 'chatmsgs', what: 'chat message', deleteAll: 204, deleteSome: true } as const;
  registerNone(api, context, base, none);
}
