// What fastify checks requests with: compiled when it is first needed, so that no shape that cannot be compiled hides until then.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { Type } from 'typebox';
import { expect, it } from 'vitest';
import { faultsOf, newValidator, newValidators, sentenceOf } from '../../src/http/validate.ts';
import { openHouse } from './support.ts';

const parts = ['body', 'querystring', 'params', 'headers'] as const;

it('every shape of every route can be compiled', async () => {
  const routes: RouteOptions[] = [];
  const hear = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', (route) => void routes.push(route));
  };
  subscribe('fastify.initialization', hear);
  const house = await openHouse();
  unsubscribe('fastify.initialization', hear);
  await house.close();
  const shapes = routes.flatMap(({ url, schema }) =>
    parts.flatMap((part) => shapesIn(schema?.[part]).map((shape) => ({ url, part, shape }))),
  );
  expect(shapes.length).toBeGreaterThan(50);
  const [ofBodies, ofTexts] = [newValidator({ coerceTypes: false }), newValidator({ coerceTypes: true })];
  for (const { url, part, shape } of shapes) {
    const validator = part === 'body' ? ofBodies : ofTexts;
    expect(() => validator.compile(shape), `${part} of ${url}`).not.toThrow();
  }
}, 60_000);

/** One, or one for each content type. */
function shapesIn(given: unknown): object[] {
  const { content } = (given ?? {}) as { content?: Record<string, { schema: object }> };
  if (content) return Object.values(content).map(({ schema }) => schema);
  return given === undefined ? [] : [given as object];
}

it('a shape is compiled when a request needs it, once; bodies keep their types, texts of a query become numbers', () => {
  const validators = newValidators();
  const shape = Type.Object({ n: Type.Integer({ minimum: 1 }) });
  const check = (httpPart: string, value: unknown, schema: object = shape) =>
    validators({ schema, httpPart, method: 'GET', url: '/' })(value);
  expect(check('querystring', { n: '2' })).toBe(true);
  expect(check('body', { n: '2' })).toMatchObject({ error: [{ instancePath: '/n', keyword: 'type' }] });
  expect(check('querystring', { n: '0' })).toMatchObject({ error: [{ instancePath: '/n', keyword: 'minimum' }] });
  const odd = validators({ schema: { type: 'nonsense' }, httpPart: 'body', method: 'GET', url: '/' });
  expect(() => odd({})).toThrow('schema is invalid');
});

it('a fault says what was expected: true or false; each of several words that hold commas', () => {
  const validator = newValidator({ coerceTypes: false });
  const shape = Type.Object({ live: Type.Boolean(), types: Type.Enum(['cdr', 'call', 'cdr,call']) });
  const check = validator.compile(shape);
  expect(check({ live: 'yes', types: 'all' })).toBe(false);
  expect(sentenceOf(faultsOf(check.errors!))).toBe(
    'live: "yes" is not true or false; types: "all" is not one of cdr or call or cdr,call',
  );
});
