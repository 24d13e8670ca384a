// What webhooks have sent, what waits, and what could not be delivered. A delivery names changes, not what they say: nothing of a record is
// kept here, so what retention has taken is gone here too.
//
//     pending ──answered 2xx──▶ delivered      (the newest of each webhook are kept, as its log)
//        │ ▲
//        │ └──replayed──┐
//        └──given up──▶ dead ──▶ discarded
import type { Micros } from '../cdr/cdr.ts';
import { writeAudit, type By } from './audit.ts';
import type { Op } from './changes.ts';
import { allot } from './names.ts';
import type { Database, Sql, Value } from './sql.ts';

/** One change in a delivery, by its place in the sequence. */
export interface ChangeItem {
  type: 'cdr' | 'call';
  op: Op;
  seq: number;
  /** Of the record or the call. */
  id: number;
  /** The call that has swallowed it. */
  into?: number;
}

/** What is told of the store instead: it is another one now, so lists must be read again; or nothing, somebody tries the way. */
export type Item = ChangeItem | { type: 'resync'; reason: 'generation'; seq: number } | { type: 'ping' };

export const deliveryStates = ['pending', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export interface Delivery {
  id: number;
  webhook: string;
  /** The webhook-id. */
  message: string;
  items: readonly Item[];
  state: DeliveryState;
  created: Micros;
  /** Not to be tried before; null: it is over. */
  due: Micros | null;
  /** Since it was made, or asked for again; `first` and `last` are when. */
  tries: number;
  first: Micros | null;
  last: Micros | null;
  /** How long the last try took. */
  took: Micros | null;
  /** What the last try was answered; null: nothing. */
  status: number | null;
  /** What was wrong with it. */
  detail: string | null;
}

/** What became of a try. */
export type Tried = Pick<Delivery, 'state' | 'due' | 'status' | 'detail'> & { last: Micros; took: Micros };

export interface DeliveryQuery {
  webhook?: string | undefined;
  state?: DeliveryState | undefined;
  /** The newest below this id, the newest first … */
  before?: number | undefined;
  /** … or those above this one, the oldest first. */
  after?: number | undefined;
  limit: number;
}

/** Which dead ones. */
export type Dead = { id: number } | { webhook: string };

/** Delivered ones that are kept of each webhook. */
export const logMax = 1000;
/** Dead ones that are kept of each webhook; beyond it the oldest go. */
export const deadMax = 10_000;
/** Dead ones that one request plays again or discards. */
export const deadAtOnce = 1000;

export interface Deliveries {
  deliveries(query: DeliveryQuery): Promise<Delivery[]>;
  delivery(id: number): Promise<Delivery | undefined>;
  /** The oldest that waits. */
  nextDelivery(webhook: string): Promise<Delivery | undefined>;
  /** Dead ones wait again, at most `deadAtOnce`; resolves to how many. */
  replayDeliveries(dead: Dead, by: By, now: Micros): Promise<number>;
  /** Dead ones go for good, at most `deadAtOnce`; resolves to how many. */
  discardDeliveries(dead: Dead, by: By, now: Micros): Promise<number>;
}

export function deliveriesOn(database: Database): Deliveries {
  return {
    deliveries: (query) => database.read((sql) => list(sql, query)),
    delivery: (id) => database.read(async (sql) => (await some(sql, ' WHERE `id` = ?', [id]))[0]),
    nextDelivery: (webhook) =>
      database.read(async (sql) => {
        const where = " WHERE `webhook` = ? AND `state` = 'pending' ORDER BY `id` LIMIT 1";
        return (await some(sql, where, [webhook]))[0];
      }),
    replayDeliveries: (dead, by, now) =>
      database.write(async (sql) => {
        const ids = await deadOnes(sql, dead);
        const text = "UPDATE `delivery` SET `state` = 'pending', `due` = ?, `tries` = 0, `first` = NULL WHERE `id` = ?";
        await sql.each(
          text,
          ids.map((id) => [now, id]),
        );
        await told(sql, 'webhook.replayed', dead, ids, by, now);
        return ids.length;
      }),
    discardDeliveries: (dead, by, now) =>
      database.write(async (sql) => {
        const ids = await deadOnes(sql, dead);
        await sql.each(
          'DELETE FROM `delivery` WHERE `id` = ?',
          ids.map((id) => [id]),
        );
        await told(sql, 'webhook.discarded', dead, ids, by, now);
        return ids.length;
      }),
  };
}

const columns =
  '`id`, `webhook`, `message`, `items`, `state`, `created`, `due`, `tries`, `first`, `last`, `took`, `status`, `detail`';

async function some(sql: Sql, where: string, values: readonly Value[]): Promise<Delivery[]> {
  type Row = Omit<Delivery, 'items'> & { items: string };
  const rows = await sql.all<Row>(`SELECT ${columns} FROM \`delivery\`${where}`, values);
  return rows.map((row) => ({ ...row, items: JSON.parse(row.items) as Item[] }));
}

function list(sql: Sql, { webhook, state, before, after, limit }: DeliveryQuery): Promise<Delivery[]> {
  const given: [string, Value | undefined][] = [
    ['`webhook` = ?', webhook],
    ['`state` = ?', state],
    ['`id` < ?', before],
    ['`id` > ?', after],
  ];
  const known = given.filter((pair): pair is [string, Value] => pair[1] !== undefined);
  const where = known.length === 0 ? '' : ` WHERE ${known.map(([text]) => text).join(' AND ')}`;
  const order = after === undefined ? 'DESC' : 'ASC';
  return some(sql, `${where} ORDER BY \`id\` ${order} LIMIT ?`, [...known.map(([, value]) => value), limit]);
}

async function deadOnes(sql: Sql, dead: Dead): Promise<number[]> {
  // The lock of whoever makes and ends deliveries.
  await allot(sql, 'delivery', 0);
  const [where, value] = 'id' in dead ? ['`id` = ?', dead.id] : ['`webhook` = ?', dead.webhook];
  const text = `SELECT \`id\` FROM \`delivery\` WHERE ${where} AND \`state\` = 'dead' ORDER BY \`id\` LIMIT ${deadAtOnce}`;
  return (await sql.all<{ id: number }>(text, [value])).map(({ id }) => id);
}

async function told(
  sql: Sql,
  action: 'webhook.replayed' | 'webhook.discarded',
  dead: Dead,
  ids: readonly number[],
  by: By,
  now: Micros,
): Promise<void> {
  if (ids.length === 0) return;
  const object = 'id' in dead ? `delivery ${dead.id}` : `webhook ${dead.webhook}`;
  await writeAudit(sql, { at: now, by, action, object, detail: { deliveries: ids.length } });
}
