// What webhooks post is what /openapi.json says of it: real messages, held against the shapes there.
import { afterAll, afterEach, expect, it } from 'vitest';
import { join } from 'node:path';
import { hoist } from '../../../src/http/documents/hoist.ts';
import { webhooks } from '../../../src/http/documents/webhooks.ts';
import { FilterShape } from '../../../src/http/filter.ts';
import { bodyOf } from '../../../src/webhooks/message.ts';
import { byCommand } from '../../../src/store/audit.ts';
import { someCdr } from '../../support/rows.ts';
import { ann, tempFolder } from '../../support/store.ts';
import { quiet, Scene } from '../../webhooks/sender.ts';
import { ajv } from '../documented.ts';

const scene = new Scene();
const { folder, remove } = tempFolder();
afterEach(() => scene.close());
afterAll(remove);

const { document, schemas } = hoist({ webhooks }, [FilterShape]);
const judge = ajv();
judge.addSchema({ $id: 'openapi', ...document, components: { schemas } });
type Kind = keyof typeof webhooks;
const faultsOf = (kind: Kind, body: unknown): unknown => {
  const $ref = `openapi#/webhooks/${kind}/post/requestBody/content/application~1json/schema`;
  const isGood = judge.compile({ $ref });
  return isGood(body) ? [] : isGood.errors!.map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
};

it('every kind of message is as the section webhooks of OpenAPI says, and none is as another', async () => {
  const receiver = await scene.receiver();
  const url = `sqlite:${join(folder, 'a.db')}`;
  const all = { types: ['cdr', 'call'], ops: ['created', 'updated', 'deleted'] } as const;
  const ways = { types: [...all.types], ops: [...all.ops] };
  const sender = await scene.sender(url, receiver, ways);
  await sender.put(someCdr(1));
  await sender.store.hide({ id: 1, by: ann, now: 5, within: null });
  await sender.put(someCdr(2));
  await sender.hooks.test('crm', byCommand, 5);
  await quiet(sender);
  await sender.close();
  const several = await scene.sender(url, receiver, { ...ways, name: 'all', from: 'beginning', batch: 100 });
  await quiet(several);
  const resync = [{ type: 'resync', reason: 'generation', seq: 3 }] as const;
  const restored = await bodyOf({ items: resync, created: 7 }, { store: several.store, within: null, isBatch: false });
  const bodies: { type: string }[] = [...receiver.posted.map(({ body }) => body), JSON.parse(restored) as never];
  const kindOf = ({ type }: { type: string }) => (type.includes('.') ? 'change' : type) as Kind;
  expect(bodies.map((body) => [body.type, faultsOf(kindOf(body), body)])).toEqual(bodies.map(({ type }) => [type, []]));
  expect([...new Set(bodies.map(({ type }) => type))].sort()).toEqual(
    ['batch', 'call.created', 'call.deleted', 'cdr.created', 'cdr.deleted', 'ping', 'resync'].sort(),
  );
  for (const kind of Object.keys(webhooks) as Kind[])
    for (const body of bodies.filter((one) => kindOf(one) !== kind)) expect(faultsOf(kind, body)).not.toEqual([]);
});
