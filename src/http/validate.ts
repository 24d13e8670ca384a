// Shapes that come from outside: one strict Ajv for all of them, and its faults in words: field, what was found, what was expected.
import { Ajv, type AnySchema, type ErrorObject, type ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import { ClientError, type Fault } from '../errors.ts';

/** In a schema: the key of the configuration that sets its bound. Messages name it. */
export const limitKey = 'x-limit';

/** C0, DEL and C1, as a class of a pattern has them: nobody sees them, and they end lines or texts elsewhere. */
const controls = String.raw`\u0000-\u001f\u007f-\u009f`;

/** A `pattern` for texts without control characters; messages know it. */
export const plainPattern = `^[^${controls}]*$`;

/** The same of texts that are not empty and have no spaces around them. */
export const trimmedPattern = String.raw`^[^\s${controls}]([^\u2028\u2029${controls}]*[^\s${controls}])?$`;

/** A body must have the right types; values of a query or a path are texts and may become numbers. Nothing is dropped unseen. */
export function newValidator(given: { coerceTypes: boolean }): Ajv {
  // Ajv looks at bounds of finite numbers only, and makes the text 1e309 an infinite one: as a number of a query it has to meet them.
  const strictNumbers = !given.coerceTypes;
  return new Ajv({ ...given, strictNumbers, allErrors: true, verbose: true, useDefaults: true }).addKeyword(limitKey);
}

/** What fastify checks requests with. A shape is compiled when a request first needs it: a third of a start would else be theirs. */
export function newValidators(): FastifySchemaCompiler<AnySchema> {
  // Fastify's own would turn `companies: ""` into null: a token that sees everything.
  const strict = newValidator({ coerceTypes: false });
  const lenient = newValidator({ coerceTypes: true });
  return ({ schema, httpPart }) => {
    let check: ValidateFunction | undefined;
    return (value: unknown) => {
      check ??= (httpPart === 'body' ? strict : lenient).compile(schema);
      return check(value) ? true : { error: check.errors! as FastifySchemaValidationError[] };
    };
  };
}

/** Most faults told at once: an answer must not outgrow what caused it. */
export const faultsMax = 20;

export function faultsOf(errors: readonly ErrorObject[]): Fault[] {
  const placesOf = (word: string) =>
    new Set(errors.filter(({ keyword }) => keyword === word).map(({ instancePath }) => instancePath));
  const [unions, strange] = [placesOf('anyOf'), placesOf('additionalProperties')];
  // Where only one key is known, a wrong one says which is missing.
  const isSaid = ({ keyword, instancePath, parentSchema }: ErrorObject) =>
    keyword === 'required' &&
    strange.has(instancePath) &&
    Object.keys((parentSchema as Form).properties ?? {}).length === 1;
  return errors
    .filter((error) => error.keyword === 'anyOf' || !unions.has(error.instancePath))
    .filter((error) => !isSaid(error))
    .slice(0, faultsMax)
    .map(faultOf);
}

/** What is written without a request, as a route of this shape would take it. @throws ClientError 400 with its faults */
export function demandShape(shape: AnySchema, body: unknown): void {
  const check = newValidator({ coerceTypes: false }).compile(shape);
  if (check(body)) return;
  const faults = faultsOf(check.errors!);
  throw new ClientError(400, sentenceOf(faults), faults);
}

/** All faults in one line. */
export function sentenceOf(faults: readonly Fault[]): string {
  return faults.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ');
}

interface Form {
  type?: string;
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly Form[];
  properties?: Record<string, Form>;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  [limitKey]?: string;
}

function faultOf(error: ErrorObject): Fault {
  const { keyword, instancePath, data } = error;
  const form = error.parentSchema as Form;
  const params = error.params as { additionalProperty?: string; missingProperty?: string };
  const field = (name = '') => [...instancePath.split('/').slice(1), name].filter(Boolean).join('.').slice(0, 100);
  if (keyword === 'additionalProperties') {
    const expected = `expected one of ${Object.keys(form.properties ?? {}).join(', ')}`;
    return { field: field(params.additionalProperty), message: `is not known, ${expected}` };
  }
  if (keyword === 'required') {
    const name = params.missingProperty!;
    return { field: field(name), message: `is missing, expected ${formText(form.properties?.[name] ?? {})}` };
  }
  const shown = keyword === 'maxItems' || keyword === 'minItems' ? lengthOf(data) : found(data);
  return { field: field(), message: `${shown} is not ${formText(form)}` };
}

/** A list that is too long or too short. */
function lengthOf(data: unknown): string {
  const { length } = data as unknown[];
  return length === 0 ? 'an empty list' : `a list of ${length}`;
}

/** The same, of texts that a database can keep: half a surrogate pair would reach it as another character. */
export function wellFormed<Given extends object>(given: Given): Given {
  const texts = Object.entries(given).map(([name, value]: [string, unknown]) => {
    return [name, typeof value === 'string' ? value.toWellFormed() : value];
  });
  return Object.fromEntries(texts) as Given;
}

/** What was found, short enough for a message. */
export function found(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function formText(form: Form): string {
  if (form.anyOf) return form.anyOf.map(formText).join(' or ');
  if (form.enum) {
    const separator = form.enum.some((value) => String(value).includes(',')) ? ' or ' : ', ';
    return `one of ${form.enum.join(separator)}`;
  }
  if (form.const !== undefined) return JSON.stringify(form.const);
  const words: Record<string, string> = {
    null: 'null',
    integer: 'a whole number',
    array: 'a list',
    object: 'an object',
    string: 'a text',
    boolean: 'true or false',
  };
  const isCharacters = form.type === 'string';
  const isTrimmed = form.pattern === trimmedPattern;
  const least = form.minimum ?? form.minLength ?? form.minItems ?? (isTrimmed ? 1 : undefined);
  const most = form.maximum ?? form.maxLength ?? form.maxItems;
  const bounds = [
    least === undefined ? '' : `${form.type === 'integer' ? 'from' : 'of'} ${least}`,
    most === undefined || most === Number.MAX_SAFE_INTEGER
      ? ''
      : `${least === undefined ? (form.type === 'array' ? 'of up ' : 'up ') : ''}to ${most}`,
    isCharacters && (least ?? most) !== undefined ? 'characters' : '',
    isTrimmed ? 'without spaces around it or control characters in it' : '',
    form.pattern === plainPattern ? 'without control characters in it' : '',
    form[limitKey] === undefined ? '' : `(${form[limitKey]})`,
  ];
  return [words[form.type ?? ''] ?? 'a value', ...bounds].filter(Boolean).join(' ');
}
