import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routesOfApp, type Described, type Openapi } from '../documented.ts';
import { adminToken, ask, openHouse, type House } from '../support.ts';

const samples: Record<string, string> = {
  from: '2026-11-22T00:00:00Z',
  end_from: '2026-11-22T00:00:00Z',
  to: '2026-11-23T00:00:00Z',
  filter: '{"prefix":"1"}',
  after: '1',
  before: '1',
  columns: 'id',
  zone: 'UTC',
  system: 'pbx1',
  by: 'day',
  'countCalls columns': 'calls',
  'concurrentCalls columns': 'calls',
  'completeness from': '2026-11-22',
  'completeness to': '2026-11-22',
  'completeness after': '2026-11-22',
  'completeness columns': 'day',
  'listJobs columns': 'name',
  'listLiveCalls columns': 'linkedid',
};

describe('/openapi.json', () => {
  let house: House;
  let document: Openapi;
  let operations: [method: string, path: string, operation: Described][];
  beforeAll(async () => {
    house = await openHouse();
    samples['generation'] = house.feed.generation;
    document = (await ask<Openapi>(house, 'GET', '/openapi.json')).body;
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [method.toUpperCase(), path, operation] as never),
    );
  });
  afterAll(() => house.close());

  it('is a valid OpenAPI 3.1 document, and needs no token', async () => {
    expect(document.openapi).toBe('3.1.0');
    const check = async (given: object) => (await new Validator().validate(given as Record<string, unknown>)).valid;
    expect(await check(structuredClone(document))).toBe(true);
    expect(await check({ ...structuredClone(document), paths: { '/x': { get: { responses: 7 } } } })).toBe(false);
  });

  it('has every route there is, and no other', () => {
    const routes = routesOfApp(house.app).filter(
      ({ method, config, constraints }) =>
        method !== 'HEAD' && config?.operation !== null && constraints?.['format'] === undefined,
    );
    const mute = routes.filter(({ config }) => !config?.operation).map(({ method, url }) => `${String(method)} ${url}`);
    expect(mute, 'give each of these routes config: { operation: … }, see src/http/documents/operation.ts').toEqual([]);
    const registered = routes.map(({ method, url }) => `${String(method)} ${url.replace(/:(\w+)/g, '{$1}')}`);
    expect(operations.map(([method, path]) => `${method} ${path}`).sort()).toEqual(registered.sort());
  });

  it('names each operation once, and says what it and each of its parameters is for', () => {
    const ids = operations.map(([, , { operationId }]) => operationId);
    expect(ids).toEqual([...new Set(ids)]);
    const mute = operations.flatMap(([method, path, { summary, tags, parameters = [] }]) => [
      ...(summary && tags.length === 1 ? [] : [`${method} ${path}: summary, tag`]),
      ...parameters
        .filter(({ description }) => !description)
        .map(({ name }) => `${method} ${path}: description of ${name}`),
    ]);
    expect(mute, 'give these a "description" in their schema').toEqual([]);
  });

  it('says what each field of an answer of ours is', () => {
    const own = new Set(['type', 'status', 'cdr', 'op']);
    const mute = Object.entries(document.components.schemas).flatMap(([shape, { properties = {} }]) =>
      Object.entries(properties as Record<string, { description?: string; $ref?: string; items?: object }>)
        .filter(([name, { description, $ref, items }]) => !description && !$ref && !items && !own.has(name))
        .map(([name]) => `${shape}.${name}`),
    );
    expect(mute.filter((name) => !name.startsWith('Ipcortex') && !name.startsWith('Readiness'))).toEqual([]);
  });

  it('demands a token wherever one is demanded, and nowhere else', () => {
    const open = operations
      .filter(([, , { security }]) => security.length === 0)
      .map(([method, path]) => `${method} ${path}`);
    expect(open.filter((line) => line.includes('/api/v1'))).toEqual(['POST /api/v1/session', 'DELETE /api/v1/session']);
    expect(open).toContain('GET /healthz');
  });

  it('knows no parameter that is not accepted', async () => {
    const refused: string[] = [];
    for (const [method, path, { operationId, parameters = [], responses }] of operations) {
      if (method !== 'GET') continue;
      const isStream = responses['200']?.content?.['text/event-stream'] !== undefined;
      for (const { name, in: where, schema } of parameters) {
        if (where !== 'query') continue;
        const { enum: words, minimum, type } = schema as { enum?: string[]; minimum?: number; type?: string };
        const value =
          words?.[0] ??
          (type === 'integer'
            ? String(minimum)
            : (samples[`${operationId.replace(/(Csv|Ndjson)$/, '')} ${name}`] ?? samples[name] ?? 'x'));
        const range = name === 'text' ? `from=${samples['from']}&to=${samples['to']}&` : '';
        const needed = parameters.filter((one) => one.in === 'query' && one.required && one.name !== name);
        const others = needed.map((one) => `${one.name}=${samples[one.name] ?? 'x'}&`).join('');
        const url = `${path.replace('{id}', '1')}?${range}${others}${name}=${encodeURIComponent(value)}`;
        const { status, body } = await ask(house, isStream ? 'HEAD' : 'GET', url, { token: adminToken });
        if (status !== 200 && status !== 404) refused.push(`${url}: ${status} ${JSON.stringify(body)}`);
      }
    }
    expect(refused).toEqual([]);
  }, 60_000);

  it('says that what has a default may be left out', () => {
    const { parameters } = document.paths['/api/v1/cdrs']!['get']!;
    expect(parameters).toContainEqual(
      expect.objectContaining({
        name: 'limit',
        required: false,
        schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100, 'x-limit': 'limits.page_rows' },
      }),
    );
    expect(document.components.schemas['CdrSearch']).not.toHaveProperty('required');
  });
});
