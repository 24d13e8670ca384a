// Whatever people do on the phone, the answers keep to the vendor's shapes: ours of its documents, and its own where
// PORTSIP_OPENAPI is the path of one of its published OpenAPI files.
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoredCdr } from '../../../../src/cdr/cdr.ts';
import { files, read } from '../../../cdr/situation.ts';
import { appendTo } from '../../../support/store.ts';
import { adminToken, ask, openHouse, type House } from '../../support.ts';
import { detailSchema, errorSchema, listSchema } from './schemas.ts';

interface Shapes {
  list: object;
  detail: object;
}

/** By where they are from. */
function shapesOf(file: string | undefined): [string, Shapes][] {
  const ours: [string, Shapes] = ['our reading of its documents', { list: listSchema, detail: detailSchema }];
  if (file === undefined) return [ours];
  type Paths = Record<string, { get: { responses: Record<string, { content: Record<string, { schema: object }> }> } }>;
  const { paths, components } = JSON.parse(readFileSync(file, 'utf8')) as { paths: Paths; components: object };
  const shapeAt = (end: RegExp) => {
    const path = Object.keys(paths).find((one) => end.test(one));
    if (path === undefined) throw new Error(`${file} has no path like ${String(end)}`);
    return { ...paths[path]!.get.responses['200']!.content['application/json']!.schema, components };
  };
  return [ours, [file, { list: shapeAt(/\/cdrs$/), detail: shapeAt(/\/cdrs\/\{id\}$/) }]];
}

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });

describe.each(shapesOf(process.env['PORTSIP_OPENAPI']))('the shapes of %s', (_from, shapes) => {
  let house: House;
  const isList = ajv.compile(shapes.list);
  const isDetail = ajv.compile(shapes.detail);

  beforeAll(async () => {
    house = await openHouse({ listeners: [{ dialects: ['portsip'] }] });
    for (const [at, file] of files.entries()) {
      // Situations were captured one after the other on one Asterisk, some of them twice.
      const records = read(file).records.map((cdr: StoredCdr) => ({ ...cdr, system: 'pbx1', ...apart(cdr, at) }));
      await appendTo(house.store, 'pbx1/table', records);
    }
  });
  afterAll(() => house.close());

  it('hold for the list and for each call of all captured situations', async () => {
    const items: { id: string; end_reason: string; reroute_reason: string }[] = [];
    for (let skip = 0; ; skip += 100) {
      const page = await ask<{ count: number; items: typeof items }>(house, 'GET', `/api/cdrs?skip=${skip}`, {
        token: adminToken,
      });
      isList(page.body);
      expect(isList.errors ?? []).toEqual([]);
      items.push(...page.body.items);
      if (page.body.items.length === 0) {
        expect(items.length).toBe(page.body.count);
        break;
      }
    }
    expect(items.length).toBeGreaterThanOrEqual(files.length - 1);
    for (const { id } of items) {
      const { body } = await ask(house, 'GET', `/api/cdrs/${id}`, { token: adminToken });
      isDetail(body);
      expect([id, isDetail.errors ?? []]).toEqual([id, []]);
    }
    const said = (name: 'end_reason' | 'reroute_reason') => [...new Set(items.map((item) => item[name]))].sort();
    expect(said('reroute_reason')).toEqual(['', 'OVERFLOW', 'TRANSFER']);
    expect(said('end_reason')).toEqual(
      ['', 'BLIND_TRANSFER_COMPLETED', 'CANCELLED', 'CONSULT_TRANSFER_COMPLETED', 'REDIRECTED', 'REPLACED'].sort(),
    );
  });

  it('hold for faults', async () => {
    const isError = ajv.compile(errorSchema);
    for (const url of ['/api/cdrs?top=0&skip=x', '/api/cdrs/0', '/api/nothing', '/api/cdrs?filter=(']) {
      const { status, body } = await ask(house, 'GET', url, { token: adminToken });
      isError(body);
      expect([status >= 400, isError.errors ?? []]).toEqual([true, []]);
    }
  });
});

/** Names of channels and ids that no other situation has. */
function apart({ uniqueid, linkedid, channel, dstchannel }: StoredCdr, at: number) {
  const other = (name: string | null) =>
    name &&
    name.replace(/-([0-9a-f]{8})/, (_all, serial: string) => `-${at.toString(16).padStart(3, '0')}${serial.slice(3)}`);
  return {
    ...{ uniqueid: `${at}-${uniqueid}`, linkedid: linkedid && `${at}-${linkedid}`, sequence: null },
    ...{ channel: other(channel), dstchannel: other(dstchannel) },
  };
}
