// How far each webhook has come in the change sequence, and who sends for it: of several daemons on one store one does. The place moves
// with the deliveries that were made of what lies before it, in one transaction: a crash makes none twice and leaves none out.
import { randomBytes } from 'node:crypto';
import type { Micros } from '../cdr/cdr.ts';
import { writeAudit, type By } from './audit.ts';
import { deadMax, deliveriesOn, logMax, type Deliveries, type Item, type Tried } from './deliveries.ts';
import { allot } from './names.ts';
import type { Database, Sql } from './sql.ts';
import { endWaiting, nextWaiting, putWaiting, type WaitingCall } from './waiting.ts';

export interface WebhookRow {
  name: string;
  /** Of the store that `place` is of. */
  generation: string;
  /** Deliveries are made of all changes up to here. */
  place: number;
  created: Micros;
  /** Who sends, and its last sign of life. */
  runner: string | null;
  alive: Micros | null;
  /** Since when nothing gets through, and why; null: it does, or nothing was tried. */
  failing: Micros | null;
  fault: string | null;
  /** When something was last delivered. */
  delivered: Micros | null;
}

export interface WebhookClaim {
  name: string;
  runner: string;
  now: Micros;
  /** A runner without a sign of life since then is dead. */
  deadBefore: Micros;
  /** Where a webhook of a new name begins. */
  generation: string;
  place: number;
}

export interface Made {
  generation: string;
  /** All up to here is in these deliveries, or is nothing to the webhook. */
  place: number;
  /** Of each delivery, in order. */
  items: readonly (readonly Item[])[];
  /** The store is another one since: this is told before anything else, what waits already included. */
  resync?: Item;
  /** Calls that wait to be told, from now on or anew; and those that wait no more. */
  waiting?: readonly WaitingCall[];
  told?: readonly number[];
}

export interface Settled {
  dropped: number;
  /** Since when nothing gets through. */
  failing: Micros | null;
}

export interface Webhooks extends Deliveries {
  /** The row, which is this runner's now; undefined while another has it. */
  claimWebhook(claim: WebhookClaim): Promise<WebhookRow | undefined>;
  /** A sign of life; false when another has it. */
  keepWebhookAlive(name: string, runner: string, now: Micros): Promise<boolean>;
  releaseWebhook(name: string, runner: string): Promise<void>;
  /** Those that there ever were, with how many deliveries wait and are dead. */
  webhooks(): Promise<(WebhookRow & { pending: number; dead: number })[]>;
  /** Makes deliveries and moves the place; false, and nothing is done, when another has it. */
  makeDeliveries(name: string, runner: string, made: Made, now: Micros): Promise<boolean>;
  /** Calls that wait to be told, at most a hundred, the longest due first. */
  waitingCalls(name: string): Promise<WaitingCall[]>;
  /** One that tells nothing, to try the way; resolves to its id. */
  addPing(name: string, by: By, now: Micros): Promise<number>;
  /**
   * What became of a try; null, and nothing is done, when another has the webhook. `dropped`: dead ones that went for it. A ping that
   * gets through before others that wait says nothing of those: then the webhook fails as before.
   */
  settleDelivery(id: number, name: string, runner: string, tried: Tried, isPing?: boolean): Promise<Settled | null>;
}

export function webhooksOn(database: Database): Webhooks {
  return {
    ...deliveriesOn(database),
    claimWebhook: (asked) => database.write((sql) => claim(sql, asked)),
    keepWebhookAlive: (name, runner, now) => database.write((sql) => isOurs(sql, name, runner, now)),
    releaseWebhook: async (name, runner) => {
      const text = 'UPDATE `webhook` SET `runner` = NULL, `alive` = NULL WHERE `name` = ? AND `runner` = ?';
      await database.write((sql) => sql.run(text, [name, runner]));
    },
    webhooks: () => database.read(list),
    makeDeliveries: (name, runner, made, now) => database.write((sql) => make(sql, name, runner, made, now)),
    waitingCalls: (name) => database.read((sql) => nextWaiting(sql, name)),
    addPing: (name, by, now) =>
      database.write(async (sql) => {
        const [id] = await add(sql, name, [[{ type: 'ping' }]], now);
        await writeAudit(sql, { at: now, by, action: 'webhook.tested', object: `webhook ${name}` });
        return id!;
      }),
    settleDelivery: (id, name, runner, tried, isPing = false) =>
      database.write((sql) => settle(sql, id, name, runner, tried, isPing)),
  };
}

const columns = '`name`, `generation`, `place`, `created`, `runner`, `alive`, `failing`, `fault`, `delivered`';

async function claim(
  sql: Sql,
  { name, runner, now, deadBefore, generation, place }: WebhookClaim,
): Promise<WebhookRow | undefined> {
  // The lock of all who make rows here.
  await allot(sql, 'delivery', 0);
  const find = async () =>
    (await sql.all<WebhookRow>(`SELECT ${columns} FROM \`webhook\` WHERE \`name\` = ?`, [name]))[0];
  if (!(await find())) {
    const text = 'INSERT INTO `webhook` (`name`, `generation`, `place`, `created`) VALUES (?, ?, ?, ?)';
    await sql.run(text, [name, generation, place, now]);
  }
  const claimed = await sql.run(
    'UPDATE `webhook` SET `runner` = ?, `alive` = ? WHERE `name` = ? AND (`runner` IS NULL OR `runner` = ? OR `alive` < ?)',
    [runner, now, name, runner, deadBefore],
  );
  return claimed > 0 ? find() : undefined;
}

/** A sign of life at once. */
async function isOurs(sql: Sql, name: string, runner: string, now: Micros): Promise<boolean> {
  const text = 'UPDATE `webhook` SET `alive` = ? WHERE `name` = ? AND `runner` = ?';
  return (await sql.run(text, [now, name, runner])) > 0;
}

async function list(sql: Sql): Promise<(WebhookRow & { pending: number; dead: number })[]> {
  const rows = await sql.all<WebhookRow>(`SELECT ${columns} FROM \`webhook\` ORDER BY \`name\``);
  const counts = await sql.all<{ webhook: string; state: string; count: number }>(
    "SELECT `webhook`, `state`, COUNT(*) AS `count` FROM `delivery` WHERE `state` IN ('pending', 'dead') GROUP BY `webhook`, `state`",
  );
  const countOf = (name: string, state: string) =>
    Number(counts.find((one) => one.webhook === name && one.state === state)?.count ?? 0);
  return rows.map((row) => ({ ...row, pending: countOf(row.name, 'pending'), dead: countOf(row.name, 'dead') }));
}

async function add(sql: Sql, webhook: string, items: Made['items'], now: Micros): Promise<number[]> {
  const first = await allot(sql, 'delivery', items.length);
  const ids = items.map((_, at) => first + at);
  await sql.each(
    'INSERT INTO `delivery` (`id`, `webhook`, `message`, `items`, `state`, `created`, `due`, `tries`) ' +
      "VALUES (?, ?, ?, ?, 'pending', ?, ?, 0)",
    ids.map((id, at) => [
      ...[id, webhook, `msg_${randomBytes(16).toString('hex')}`, JSON.stringify(items[at]), now, now],
    ]),
  );
  return ids;
}

async function make(sql: Sql, name: string, runner: string, made: Made, now: Micros): Promise<boolean> {
  // Before the row of the webhook, as `claim` takes them: two daemons never wait for each other.
  await allot(sql, 'delivery', 0);
  const text = 'UPDATE `webhook` SET `place` = ?, `generation` = ?, `alive` = ? WHERE `name` = ? AND `runner` = ?';
  if ((await sql.run(text, [made.place, made.generation, now, name, runner])) === 0) return false;
  if (made.resync) await tellFirst(sql, name, made.resync, now);
  if (made.items.length > 0) await add(sql, name, made.items, now);
  await endWaiting(sql, name, made.told ?? []);
  await putWaiting(sql, name, made.waiting ?? []);
  await trim(sql, name, 'delivered', logMax);
  return true;
}

/** What waits is sent in the order of its ids, so it gets new ones; receivers know it by its message. */
async function tellFirst(sql: Sql, name: string, item: Item, now: Micros): Promise<void> {
  const where = "`webhook` = ? AND `state` = 'pending' ORDER BY `id`";
  const waiting = await sql.all<{ id: number }>(`SELECT \`id\` FROM \`delivery\` WHERE ${where}`, [name]);
  await add(sql, name, [[item]], now);
  if (waiting.length === 0) return;
  const first = await allot(sql, 'delivery', waiting.length);
  await sql.each(
    'UPDATE `delivery` SET `id` = ? WHERE `id` = ?',
    waiting.map(({ id }, at) => [first + at, id]),
  );
}

async function settle(
  sql: Sql,
  id: number,
  name: string,
  runner: string,
  { state, due, status, detail, last, took }: Tried,
  isPing: boolean,
): Promise<Settled | null> {
  await allot(sql, 'delivery', 0);
  if (!(await isOurs(sql, name, runner, last))) return null;
  await sql.run(
    'UPDATE `delivery` SET `state` = ?, `due` = ?, `status` = ?, `detail` = ?, `tries` = `tries` + 1, ' +
      '`first` = COALESCE(`first`, ?), `last` = ?, `took` = ? WHERE `id` = ?',
    [state, due, status, detail, last, last, took, id],
  );
  if (state === 'delivered') {
    const well = isPing && (await waits(sql, name)) ? '' : '`failing` = NULL, `fault` = NULL, ';
    await sql.run(`UPDATE \`webhook\` SET ${well}\`delivered\` = ? WHERE \`name\` = ?`, [last, name]);
  } else {
    const text = 'UPDATE `webhook` SET `failing` = COALESCE(`failing`, ?), `fault` = ? WHERE `name` = ?';
    await sql.run(text, [last, detail, name]);
  }
  const dropped = state === 'dead' ? await trim(sql, name, 'dead', deadMax) : 0;
  const [row] = await sql.all<Pick<WebhookRow, 'failing'>>('SELECT `failing` FROM `webhook` WHERE `name` = ?', [name]);
  return { dropped, failing: row?.failing ?? null };
}

async function waits(sql: Sql, name: string): Promise<boolean> {
  const text = "SELECT `id` FROM `delivery` WHERE `webhook` = ? AND `state` = 'pending' LIMIT 1";
  return (await sql.all<{ id: number }>(text, [name])).length > 0;
}

/** All but the newest `most` go; resolves to how many. */
async function trim(sql: Sql, name: string, state: 'delivered' | 'dead', most: number): Promise<number> {
  const where = '`webhook` = ? AND `state` = ?';
  const [last] = await sql.all<{ id: number }>(
    `SELECT \`id\` FROM \`delivery\` WHERE ${where} ORDER BY \`id\` DESC LIMIT 1 OFFSET ?`,
    [name, state, most],
  );
  if (!last) return 0;
  return sql.run(`DELETE FROM \`delivery\` WHERE ${where} AND \`id\` <= ?`, [name, state, last.id]);
}
