// Bodies of the log-in: fields that are texts, as JSON or as a form.
import type { FastifyInstance } from 'fastify';
import { ClientError } from '../../../errors.ts';
import { found } from '../../validate.ts';

const textMax = 1024;

/** Forms become objects; a name that is there twice becomes a list. */
export function readForms(api: FastifyInstance): void {
  api.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, text, parsed) => {
    const form = new URLSearchParams(String(text));
    const names = new Set(form.keys());
    const fields = [...names].map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    });
    parsed(null, Object.fromEntries(fields));
  });
}

/** Values are never repeated in a fault: they may be secrets. @throws ClientError 400, all faults at once */
export function fieldsOf<Needed extends string, Also extends string>(
  body: unknown,
  needed: readonly Needed[],
  also: readonly Also[],
): Partial<Record<Needed | Also, string>> {
  const given =
    typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {};
  const faults = [...needed, ...also].flatMap((field) => {
    const value = given[field];
    const isNeeded = (needed as readonly string[]).includes(field);
    if (value === undefined || value === null || value === '') {
      return isNeeded ? [{ field, message: 'found nothing, expected a text' }] : [];
    }
    if (typeof value !== 'string') return [{ field, message: `found ${kindOf(value)}, expected a text` }];
    return value.length > textMax
      ? [{ field, message: `found ${value.length} characters, expected at most ${textMax}` }]
      : [];
  });
  if (faults.length > 0)
    throw new ClientError(400, faults.map(({ field, message }) => `${field}: ${message}`).join('; '), faults);
  const fields = [...needed, ...also].flatMap((name) => (typeof given[name] === 'string' ? [[name, given[name]]] : []));
  return Object.fromEntries(fields) as Partial<Record<Needed | Also, string>>;
}

function kindOf(value: unknown): string {
  return typeof value === 'object' ? found(value) : `a ${typeof value}`;
}
