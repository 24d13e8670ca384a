// A body of POST or PUT: what a record shall be here, and what of that people write over what its sources told.
import { directions, dispositions, type Direction, type Said, type StoredCdr } from '../../../cdr/cdr.ts';
import type { Patch } from '../../../cdr/overlay.ts';
import { moneyUnit } from '../../../cdr/price.ts';
import { companyKey } from '../../../cdr/query.ts';
import type { Company } from '../../../store/companies.ts';
import type { Extension } from '../../../store/extensions.ts';
import type { Principal } from '../../auth.ts';
import type { HttpContext } from '../../context.ts';
import type { Directory } from './directory.ts';
import { date, decimal, Invalid, nullable, required, text, unselected, validated, whole } from './rules.ts';
import { wordsOf } from './shape.ts';

/** As the vendor has it. */
const textMax = 50;
const idMax = Number.MAX_SAFE_INTEGER;
/** Asterisk counts seconds in 32 bits. */
const secondsMax = 2_147_483_647;
const costMax = 999_999_999;

export interface Wish {
  tenant: Company;
  extension: Extension | null;
  src: string;
  dst: string;
  /** In the client's words. */
  direction: string;
  disposition: string;
  duration: number;
  billsec: number;
  cost: number;
  start: number;
  end: number | null;
}

/** @throws Invalid */
export async function readWish(body: unknown, { within }: Principal, { store, dialects }: HttpContext): Promise<Wish> {
  const { timezone } = dialects.laracopilot;
  const given = validated(body, {
    tenant_id: required(whole(-idMax, idMax)),
    extension_id: nullable(whole(-idMax, idMax)),
    caller_number: required(text(textMax)),
    destination_number: required(text(textMax)),
    direction: required(text(textMax)),
    disposition: required(text(textMax)),
    duration_seconds: required(whole(0, secondsMax)),
    bill_seconds: required(whole(0, secondsMax)),
    cost: required(decimal(0, costMax)),
    started_at: required(date(timezone)),
    ended_at: nullable(date(timezone)),
  });
  const tenant = await store.company(given.tenant_id, within);
  if (!tenant) throw unselected('tenant_id');
  const extension = given.extension_id === null ? null : await store.extension(given.extension_id, within);
  const isForeign = extension?.company != null && companyKey(extension.company) !== companyKey(tenant.handle);
  if (extension === undefined || isForeign) throw unselected('extension_id');
  if (given.ended_at !== null && given.ended_at < given.started_at) {
    const message = 'The ended at field must be a date after or equal to started at.';
    throw new Invalid([{ field: 'ended_at', message }]);
  }
  return {
    ...{ tenant, extension, src: given.caller_number, dst: given.destination_number },
    ...{ direction: given.direction, disposition: given.disposition },
    ...{ duration: given.duration_seconds, billsec: given.bill_seconds, cost: Math.round(given.cost * moneyUnit) },
    ...{ start: given.started_at, end: given.ended_at },
  };
}

/** Ours for it, null when there is none: then the vendor's word stands only here. */
export function directionIn(word: string): Direction | null {
  return directions.find((one) => one === word.toLowerCase()) ?? null;
}

export function dispositionIn(word: string): StoredCdr['disposition'] {
  const spelt = word.toUpperCase().replaceAll('_', ' ');
  return dispositions.find((one) => one === spelt) ?? 'UNKNOWN';
}

/** What must be written over a record so that it shows what is wished; nothing of what it shows already. */
export function patchOf(wish: Wish, cdr: StoredCdr, directory: Directory): Patch {
  const shown = wordsOf(cdr, directory);
  const said: Said = {};
  if (wish.src !== shown.caller_number) said.src = wish.src;
  if (wish.dst !== shown.destination_number) said.dst = wish.dst;
  if (wish.direction !== shown.direction) {
    said.direction = directionIn(wish.direction);
    said.directionWord = said.direction === wish.direction ? null : wish.direction;
  }
  if (wish.disposition !== shown.disposition) {
    said.disposition = dispositionIn(wish.disposition);
    said.dispositionWord = said.disposition === wish.disposition ? null : wish.disposition;
  }
  if (wish.duration !== cdr.duration) said.duration = wish.duration;
  // A client that was shown whole seconds sends whole seconds back.
  if (!isSameSecond(wish.start, cdr.start)) said.start = wish.start;
  if (!isSameSecond(wish.end, cdr.end)) said.end = wish.end;
  if (wish.billsec !== shown.bill_seconds) {
    said.billsec = wish.billsec;
    said.answer = answerOf({ ...cdr, ...said }, wish.billsec);
  }
  const next = { ...cdr, ...said, said: { ...cdr.said, ...said } };
  if (wish.cost !== directory.priceOf(next).cost) said.cost = wish.cost;
  return { ...partiesOf(wish, cdr, directory, said), said };
}

function isSameSecond(a: number | null, b: number | null): boolean {
  return (
    a === b ||
    (a !== null && b !== null && (a % 1e6 === 0 || b % 1e6 === 0) && Math.floor(a / 1e6) === Math.floor(b / 1e6))
  );
}

function answerOf(
  { start, end, duration }: Pick<StoredCdr, 'start' | 'end' | 'duration'>,
  billsec: number,
): number | null {
  if (billsec === 0) return null;
  return Math.max(start, (end ?? start + duration * 1e6) - billsec * 1e6);
}

function partiesOf(wish: Wish, cdr: StoredCdr, directory: Directory, said: Said): Patch {
  const patch: Patch = {};
  const isTheirs = directory.tenantOf(cdr)?.id === wish.tenant.id;
  const side = cdr.company === null && cdr.target !== null ? 'target' : 'company';
  if (!isTheirs) patch[side] = wish.tenant.handle;
  if (directory.extensionOf(cdr)?.id === wish.extension?.id) return patch;
  if (wish.extension === null) said.local = 'none';
  else {
    said.local = 'some';
    patch.extension = wish.extension.number;
  }
  return patch;
}
