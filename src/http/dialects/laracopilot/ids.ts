// The id in a path, and Eloquent's 404 for one that is nobody's.
import type { FastifyRequest } from 'fastify';
import { ClientError } from '../../../errors.ts';

/** @throws ClientError 404 for what is no id at all, as a model is looked for by it */
export function idIn(request: FastifyRequest, model: string): number {
  const id = Number(textIn(request));
  return /^\d{1,16}$/.test(textIn(request)) && Number.isSafeInteger(id) ? id : refuseModel(request, model);
}

/** @throws ClientError 404 */
export function refuseModel(request: FastifyRequest, model: string): never {
  throw new ClientError(404, `No query results for model [App\\Models\\${model}] ${textIn(request).slice(0, 50)}`);
}

function textIn({ params }: FastifyRequest): string {
  return Object.values(params as Record<string, string>)[0] ?? '';
}
