// What a webhook is told, in the words of the feed: which changes are something to it, and the body of a delivery, made when it is sent.
import type { CallFilter } from '../cdr/callquery.ts';
import type { CdrFilter, Within } from '../cdr/query.ts';
import { isoOf } from '../cdr/time.ts';
import { readCallFilter } from '../http/callfilter.ts';
import { toNativeCall } from '../http/dialects/native/callshape.ts';
import { toNative } from '../http/dialects/native/shape.ts';
import { checkText, readFilter } from '../http/filter.ts';
import { opFor, opForCall, viewOf } from '../http/livewish.ts';
import type { Change } from '../store/changelist.ts';
import type { ChangeItem, Delivery, Item } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';
import type { WebhookConfig } from './config.ts';

/** What a webhook wants to hear. */
export interface Want {
  cdr: CdrFilter | null;
  call: CallFilter | null;
  ops: readonly string[];
  within: Within;
}

/** @throws ClientError with a fault for each field of the filter that is wrong */
export function wantOf({ types, ops, filter, companies }: WebhookConfig): Want {
  const cdr = types.includes('cdr') ? readFilter(filter) : null;
  if (cdr) checkText(cdr);
  const call = types.includes('call') ? readCallFilter(filter) : null;
  return { cdr, call, ops, within: companies ?? null };
}

/** What of a change is told: calls before the record that they changed with, as in the feed; `settles`: calls are told later. */
export function itemsOf(change: Change, { cdr, call: calling, ops, within }: Want, settles: boolean): ChangeItem[] {
  const call = settles ? null : calling;
  const calls = change.calls.flatMap((ofCall): ChangeItem[] => {
    const view = viewOf(ofCall, within);
    const op = opForCall(view, call, within);
    const into = view.into === null ? {} : { into: view.into };
    return op === null || !ops.includes(op) ? [] : [{ type: 'call', op, seq: change.seq - 1, id: view.id, ...into }];
  });
  const op = opFor(change, cdr, within);
  return op === null || !ops.includes(op) ? calls : [...calls, { type: 'cdr', op, seq: change.seq, id: change.cdr.id }];
}

/** Parts of at most `most`, in order. */
export function batchesOf(items: readonly ChangeItem[], most: number): ChangeItem[][] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, at) => items.slice(at * most, (at + 1) * most));
}

export interface Telling {
  store: Pick<Store, 'one' | 'call' | 'generation'>;
  within: Within;
  isBatch: boolean;
}

/** The body: a type and a time (Standard Webhooks), the generation of the store, and as data a message of the feed or a list of such. */
export async function bodyOf(
  { items, created }: Pick<Delivery, 'items' | 'created'>,
  telling: Telling,
): Promise<string> {
  const { store, isBatch } = telling;
  const told: object[] = [];
  for (const item of items) told.push(await toldOf(item, telling));
  const head = { timestamp: isoOf(created), generation: store.generation };
  const [first] = items;
  if (items.length === 1 && (!isBatch || (first!.type !== 'cdr' && first!.type !== 'call')))
    return JSON.stringify({ type: typeOf(told[0] as Item), ...head, data: told[0] });
  return JSON.stringify({ type: 'batch', ...head, data: told });
}

function typeOf(told: Item): string {
  return 'op' in told ? `${told.type}.${told.op}` : told.type;
}

/** As it is now: what is gone by now, or may not be seen any more, is told as deleted. */
async function toldOf(item: Item, { store, within }: Telling): Promise<object> {
  if (item.type === 'resync' || item.type === 'ping') return item;
  const { type, op, seq, id, into } = item;
  if (type === 'cdr') {
    const cdr = op === 'deleted' ? undefined : await store.one(id, within);
    return cdr ? { type, op, seq, cdr: toNative(cdr) } : { type, op: 'deleted', seq, cdr: { id } };
  }
  const call = op === 'deleted' ? undefined : await store.call(id, within);
  if (call?.id === id) return { type, op, seq, call: toNativeCall(call) };
  const swallower = into ?? call?.id;
  return { type, op: 'deleted', seq, call: { id }, ...(swallower === undefined ? {} : { into: swallower }) };
}
