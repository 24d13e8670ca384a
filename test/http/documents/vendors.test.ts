// Vendors' APIs have documents of their own: every route of a dialect stands in its, and no other.
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialects } from '../../../src/http/dialects/index.ts';
import { dialectNames } from '../../../src/http/dialects/names.ts';
import { routesOfApp } from '../documented.ts';
import { ask, openHouse, type House } from '../support.ts';

interface Document {
  servers: { url: string }[];
  paths: Record<string, Record<string, { operationId: string; summary: string; security: object[]; tags: string[] }>>;
}

const described = dialectNames.filter((name) => dialects[name].document);

describe('/openapi.json?dialect=NAME', () => {
  let house: House;
  beforeAll(async () => {
    const vhosts = described.map((name) => ({ dialects: [name], vhost: `${name}.example`, prefix: `/${name}` }));
    house = await openHouse({ listeners: [{ dialects: ['native', 'ipcortex'] }, ...vhosts] });
  });
  afterAll(() => house.close());
  const documentOf = async (name: string) => (await ask<Document>(house, 'GET', `/openapi.json?dialect=${name}`)).body;

  it.each(described)('is a valid document of every route of %s, with its prefix', async (name) => {
    const document = await documentOf(name);
    expect(document.servers).toEqual([{ url: `/${name}` }]);
    const valid = await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>);
    expect(valid.valid, JSON.stringify(valid.errors)).toBe(true);
    const told = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    const registered = routesOfApp(house.app).flatMap(({ method, url }) =>
      typeof method === 'string' && method !== 'HEAD' && url.startsWith(`/${name}/`) && !url.endsWith('/')
        ? [`${method} ${url.slice(name.length + 1)}`]
        : [],
    );
    expect([...new Set(told)].sort()).toEqual([...new Set(registered)].sort());
    const known = Object.keys(dialects[name].document!.routes);
    expect(
      registered.filter((route) => !known.includes(route)),
      'say what these are for in its document.ts',
    ).toEqual([]);
    expect(
      known.filter((route) => !registered.includes(route)),
      'these are no routes',
    ).toEqual([]);
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map((one) => one.operationId),
    );
    expect(ids).toEqual([...new Set(ids)]);
  });

  it('says of each route whether it needs a token, as it is', async () => {
    for (const name of described) {
      const { paths } = await documentOf(name);
      for (const [path, methods] of Object.entries(paths)) {
        for (const [method, { security }] of Object.entries(methods)) {
          const url = `/${name}${path.replace(/\{\w+\}/g, '1')}`;
          const { status } = await ask(house, method.toUpperCase() as 'GET', url, {
            headers: { host: `${name}.example` },
          });
          expect([url, method, status === 401 && !/login2fa/.test(url)]).toEqual([url, method, security.length > 0]);
        }
      }
    }
  });

  it('is told of at /docs, and of what has none one is told which have', async () => {
    expect((await ask<string>(house, 'GET', '/docs')).body).toContain('href="/openapi.json?dialect=portsip"');
    for (const name of ['native', 'ipcortex', 'nonsense']) {
      const { status, body } = await ask<{ detail: string }>(house, 'GET', `/openapi.json?dialect=${name}`);
      expect([status, body.detail]).toEqual([
        404,
        `dialect: "${name}" has no document of its own here, expected one of: ${described.join(', ')}`,
      ]);
    }
    expect((await ask(house, 'GET', '/openapi.json?dialekt=portsip')).status).toBe(400);
    const alone = await openHouse({ listeners: [{ dialects: ['native'] }] });
    try {
      const { status, body } = await ask<{ detail: string }>(alone, 'GET', '/openapi.json?dialect=portsip');
      expect([status, body.detail]).toEqual([404, expect.stringContaining('expected one of: none')]);
    } finally {
      await alone.close();
    }
  });
});
