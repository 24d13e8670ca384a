import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { html, prose, shapeText } from '../../../src/http/documents/pageshape.ts';
import { hoist } from '../../../src/http/documents/hoist.ts';
import { ask, openHouse, type House } from '../support.ts';

describe('/docs', () => {
  let house: House;
  let page: string;
  beforeAll(async () => {
    house = await openHouse();
    page = (await ask<string>(house, 'GET', '/docs')).body;
  });
  afterAll(() => house.close());

  it('needs no token, and may load nothing but its own style sheet', async () => {
    const { status, headers } = await ask(house, 'GET', '/docs');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(page).not.toMatch(/<script|<style|style=|\bon\w+=|https?:\/\//);
    const style = await ask<string>(house, 'GET', '/docs/style.css');
    expect([style.status, style.headers['content-type']]).toEqual([200, 'text/css; charset=utf-8']);
    expect(style.body).not.toMatch(/url\(|@import/);
  });

  it('shows every operation, webhook, message and shape, and its links lead somewhere', async () => {
    type Paths = Record<string, Record<string, { operationId: string }>>;
    const { body: rest } = await ask<{ paths: Paths; webhooks: Paths }>(house, 'GET', '/openapi.json');
    const ids = [...Object.values(rest.paths), ...Object.values(rest.webhooks)].flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    const { body: feed } = await ask<{ components: { messages: object; schemas: object } }>(
      house,
      'GET',
      '/asyncapi.json',
    );
    const shapes = Object.keys(feed.components.schemas).map((name) => `shape-${name}`);
    const places = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    expect([...ids, ...shapes].filter((id) => !places.has(id))).toEqual([]);
    expect([...page.matchAll(/href="#([^"]+)"/g)].filter(([, id]) => !places.has(id))).toEqual([]);
    expect(places.size).toBe([...page.matchAll(/ id="/g)].length);
  });

  it('closes every element it opens', () => {
    const open: string[] = [];
    for (const [, slash, name] of page.matchAll(/<(\/?)([a-z]\w*)[^>]*>/g)) {
      if (['meta', 'link'].includes(name!)) continue;
      if (slash === '') open.push(name!);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  it('puts nothing into the page that is not escaped', () => {
    expect(html`<p title="${'"<b>'}">${[html`<i>${"a & 'b'"}</i>`]}</p>`.text).toBe(
      '<p title="&quot;&lt;b&gt;"><i>a &amp; &#39;b&#39;</i></p>',
    );
    expect(prose('`<x>` and <y>').text).toBe('<code>&lt;x&gt;</code> and &lt;y&gt;');
  });

  it.each([
    [{ type: 'integer', minimum: 1, maximum: 9, default: 5 }, 'whole number from 1 to 9, 5 when absent'],
    [{ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, 'whole number from 0'],
    [{ type: 'string', maxLength: 9 }, 'text up to 9 characters'],
    [{ type: 'string', format: 'date-time' }, 'time (RFC 3339)'],
    [{ anyOf: [{ type: 'array', items: { enum: ['a', 'b'] } }, { type: 'null' }] }, 'list of a, b or null'],
    [{ type: 'object', properties: { id: { const: 1 } } }, '{ id: 1 }'],
    [{ type: 'object', additionalProperties: { $ref: '#/x/Cdr' } }, 'object of <a href="#shape-Cdr">Cdr</a>'],
    [{ type: ['object', 'null'] }, 'object or null'],
    [{}, 'anything'],
  ])('says of %j: %s', (shape, words) => {
    expect(shapeText(shape).text).toBe(words);
  });
});

describe('shapes with a name', () => {
  it('stand once, and what stands in itself is a reference to itself', () => {
    const leaf = { title: 'Leaf', type: 'string' };
    const tree = { title: 'Tree', properties: { leaf, tree: { title: 'Tree' } }, required: ['leaf'] };
    expect(hoist({ a: leaf, b: [tree] }, [tree])).toEqual({
      document: { a: { $ref: '#/components/schemas/Leaf' }, b: [{ $ref: '#/components/schemas/Tree' }] },
      schemas: {
        Leaf: leaf,
        Tree: {
          ...tree,
          properties: { leaf: { $ref: '#/components/schemas/Leaf' }, tree: { $ref: '#/components/schemas/Tree' } },
        },
      },
    });
  });

  it('may not share it', () => {
    expect(() =>
      hoist([
        { title: 'Leaf', type: 'string' },
        { title: 'Leaf', type: 'number' },
      ]),
    ).toThrow('two shapes are called Leaf');
  });
});
