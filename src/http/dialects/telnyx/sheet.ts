// A report in the making: which records of a walk are lines of it, and what each line says. Pure; runs in the thread of exports.
import type { StoredCdr } from '../../../cdr/cdr.ts';
import { tagKey } from '../../../cdr/overlay.ts';
import { Rates, type Rate } from '../../../cdr/price.ts';
import type { CdrFilter, Within } from '../../../cdr/query.ts';
import { clockOf } from '../../../cdr/time.ts';
import { trunksOf } from '../../../cdr/trunks.ts';
import type { Asked, Matching, Test } from './ask.ts';
import {
  callTypesOf,
  dispositionsOf,
  lineOf,
  originOf,
  peerKey,
  sourceOf,
  tagsOf,
  terminusOf,
  usualColumns,
  type Book,
  type TrunkName,
} from './columns.ts';

/** Plain data, for the thread. */
export interface SheetOrder {
  asked: Asked;
  within: Within;
  rates: readonly Rate[];
  trunks: readonly TrunkName[];
  currency: string;
}

export interface Sheet {
  columns: readonly string[];
  /** A line for each of the records that are part of it. */
  linesOf: (cdrs: readonly StoredCdr[]) => Record<string, unknown>[];
}

/** As much of what is asked as the store can look for itself, from `from` on; the sheet asks for the rest. */
export function narrowed({ asked }: Pick<SheetOrder, 'asked'>, from: number): CdrFilter {
  const directions = [
    ...(asked.callTypes.includes(1) ? (['inbound'] as const) : []),
    ...(asked.callTypes.includes(2) ? (['outbound'] as const) : []),
    'transit' as const,
  ];
  return {
    ...{ from, until: asked.end },
    and: [
      { or: directions.map((direction) => ({ direction })) },
      { or: dispositionsOf(asked.recordTypes).map((disposition) => ({ disposition })) },
      ...(asked.accounts.length > 0 ? [{ or: asked.accounts.map((company) => ({ company })) }] : []),
    ],
  };
}

export function openSheet({ asked, within, rates, trunks, currency }: SheetOrder): Sheet {
  const byPeer = new Map(trunks.map((trunk) => [peerKey(trunk.peer), trunk]));
  const book: Book = {
    ...{ rates: new Rates(rates), trunks: byPeer, clock: clockOf(asked.timezone) },
    ...{ within, callTypes: asked.callTypes, currency },
  };
  const columns = asked.fields ?? usualColumns;
  const connections = new Set(asked.connections.map(peerKey));
  const isOver = (cdr: StoredCdr) =>
    linesOf(cdr).some((peer) => {
      const id = byPeer.get(peerKey(peer))?.id;
      return connections.has(peerKey(peer)) || (id !== undefined && connections.has(String(id)));
    });
  const isPart = (cdr: StoredCdr) =>
    callTypesOf(cdr.direction).some((type) => asked.callTypes.includes(type)) &&
    sourceOf(cdr) === asked.source &&
    (connections.size === 0 || isOver(cdr)) &&
    fits(cdr, asked);
  return {
    columns,
    linesOf: (cdrs) => cdrs.filter(isPart).map((cdr) => lineOf(cdr, columns, book)),
  };
}

/** A call from line to line is over both, whichever of them it is told by. */
function linesOf(cdr: StoredCdr): string[] {
  const told = trunksOf(cdr);
  return cdr.direction === 'transit' ? [...told, ...trunksOf({ ...cdr, properties: {} })] : told;
}

/** The vendor's rule: what is joined by `and` must hold together, or any of those joined by `or`. */
export function fits(cdr: StoredCdr, { every, either }: Pick<Asked, 'every' | 'either'>): boolean {
  return every.every((test) => holds(cdr, test)) || either.some((test) => holds(cdr, test));
}

function holds(cdr: StoredCdr, { cli, cld, tags, billingGroup }: Test): boolean {
  if (cli && !matches(originOf(cdr), cli)) return false;
  if (cld && !matches(terminusOf(cdr), cld)) return false;
  if (tags) {
    const own = new Set(tagsOf(cdr).map(tagKey));
    if (!tags.some((tag) => own.has(tagKey(tag)))) return false;
  }
  // No record has one here.
  return billingGroup === undefined;
}

/** Without case: a caller may be a name. */
function matches(found: string, { text, is }: { text: string; is: Matching }): boolean {
  const [whole, part] = [found.toLowerCase(), text.toLowerCase()];
  if (is === 'starts_with') return whole.startsWith(part);
  return is === 'ends_with' ? whole.endsWith(part) : whole.includes(part);
}
