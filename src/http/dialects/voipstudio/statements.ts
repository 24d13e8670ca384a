// Statements of an account: none are made, so there is none to delete.
import type { FastifyInstance } from 'fastify';
import type { HttpContext } from '../../context.ts';
import { registerNone } from './none.ts';

export function registerStatements(api: FastifyInstance, context: HttpContext, base: string): void {
  registerNone(api, context, base, { resource: 'statements', what: 'statement', deleteAll: 204 });
}
