// Records in hand while a batch is laid over the store: looked up or new, met by rows, not yet written.
import { isDeepStrictEqual } from 'node:util';
import { billsecFrom, type Cdr, type Derived, type Micros, type StoredCdr } from '../cdr/cdr.ts';
import type { SourceWidths } from '../cdr/cut.ts';
import type { Known } from '../cdr/identity.ts';
import { nothingInCall } from '../cdr/incall.ts';
import { merge, type Contradictions } from '../cdr/merge.ts';
import { partiesOf, saidWords, seenParties, wordsBeneath, type Overlay } from '../cdr/overlay.ts';
import { withCallCompany } from '../cdr/callcompany.ts';
import { companyKey, type Facts } from '../cdr/query.ts';
import {
  hasTold,
  sightOf,
  toldBy,
  withEffects,
  type Effect,
  type RowMark,
  type Rule,
  type Sight,
} from '../cdr/sight.ts';
import { wordsOf } from '../cdr/words.ts';
import type { Names } from './names.ts';
import { loadOverlays } from './overlays.ts';
import type { Reader } from './read.ts';
import { columns, contradictionsOf, sightsOf, type Row } from './row.ts';
import { chunks, placeholders, type Sql } from './sql.ts';

export interface InHand extends Known {
  /** A new one has the id 0 until the whole batch has been looked at. */
  cdr: StoredCdr;
  told?: StoredCdr | undefined;
  sights: readonly Sight[];
  contradictions: Contradictions;
  /** `changed`: a user can see it; `seen`: only who saw it, what they said and how sure its times are. */
  state: 'stored' | 'new' | 'changed' | 'seen';
  was: Facts;
  overlay: Overlay | undefined;
  /** See Told in row.ts: what shows an anonymised record again has nothing to say. */
  erased: number;
  /** The call it is of (calls.ts); null: not decided yet. */
  callId: number | null;
}

/** What a batch says of each of its rows. */
export interface Showing {
  source: string;
  now: Micros;
  /** Company, extension and properties of a merged record, by the rules of its system. */
  derive: (cdr: Cdr) => Derived;
  /** The narrow columns through which sources tell texts. */
  widths: SourceWidths;
}

/** Records of one system and uniqueid, by these, oldest first. */
export type Families = Map<string, Map<string, InHand[]>>;

export function familyOf(families: Families, { system, uniqueid }: Cdr): InHand[] {
  let ofSystem = families.get(system);
  if (!ofSystem) families.set(system, (ofSystem = new Map<string, InHand[]>()));
  let family = ofSystem.get(uniqueid);
  if (!family) ofSystem.set(uniqueid, (family = []));
  return family;
}

export function handsIn(families: Families): InHand[] {
  return [...families.values()].flatMap((ofSystem) => [...ofSystem.values()].flat());
}

/** All stored records of the systems and uniqueids at hand. */
export async function lookUp(sql: Sql, systems: Names, read: Reader, rows: readonly Cdr[]): Promise<Families> {
  const families: Families = new Map();
  for (const [system, ofSystem] of Map.groupBy(rows, (row) => row.system)) {
    const systemId = await systems.findId(sql, system);
    if (systemId === undefined) continue;
    for (const some of chunks([...new Set(ofSystem.map((row) => row.uniqueid))])) {
      const found = await sql.all<Row>(
        `SELECT ${columns.map((column) => `\`${column}\``).join(', ')} FROM \`cdr\` ` +
          `WHERE \`system_id\` = ? AND \`uniqueid\` IN ${placeholders(1, some.length)}`,
        [systemId, ...some],
      );
      // Asked to sort, SQLite makes a sorter of all columns, thirty times the cost of the look-up, even where nothing is found.
      found.sort((a, b) => (a.id as number) - (b.id as number));
      for (const record of await handsOf(sql, read, found)) familyOf(families, record.cdr).push(record);
    }
  }
  return families;
}

/** Stored records as they are, in the order of their rows. */
export async function handsOf(sql: Sql, read: Reader, rows: readonly Row[]): Promise<InHand[]> {
  const cdrs = await read.toCdrs(sql, rows);
  const overlays = await loadOverlays(sql, rows);
  return cdrs.map((cdr, at) => {
    const row = rows[at]!;
    const told = { sights: sightsOf(row), contradictions: contradictionsOf(row), erased: row.erased as number };
    const callId = row.call_id as number | null;
    const overlay = overlays.get(cdr.id);
    if (isBillsecMade(cdr, overlay, told.sights)) cdr.isBillsecMade = true;
    const beneath = overlay && Object.keys(overlay.told).length > 0 ? { told: { ...cdr, ...overlay.told } } : null;
    return { cdr, ...beneath, ...told, state: 'stored', was: cdr, overlay, callId };
  });
}

/** Whether nobody told it; what a source has ceased to tell is seldom what the times make. */
function isBillsecMade(cdr: Cdr, overlay: Overlay | undefined, sights: readonly Sight[]): boolean {
  if (sights.some((sight) => hasTold(sight, 'billsec'))) return false;
  const beneath = { ...cdr, ...overlay?.told };
  return beneath.billsec === billsecFrom(beneath);
}

export function create(row: Cdr, mark: RowMark | undefined, { source, now, derive }: Showing): InHand {
  const { company, target, extension, peerExtension, direction, properties } = derive(row);
  const cdr: StoredCdr = {
    // One spread, at the beginning: a further one costs as much as all else here.
    ...row,
    company,
    target,
    extension,
    peerExtension,
    direction,
    properties,
    id: 0,
    inCall: nothingInCall,
    created: now,
    updated: now,
    note: null,
    tags: [],
    words: wordsOf(row, null),
    hidden: false,
    edited: false,
  };
  const sights = [sightFrom(row, mark, 'new', source, now)];
  return { cdr, sights, contradictions: {}, erased: 0, overlay: undefined, state: 'new', was: cdr, callId: null };
}

/**
 * The record with what this sight adds, below what people wrote beside it; `record` itself is not touched.
 * `isEnriched`: a user can see it.
 */
export function withSight(
  record: InHand,
  row: Cdr,
  mark: RowMark | undefined,
  rule: Rule,
  showing: Showing,
): { richer: InHand; isEnriched: boolean } {
  const { source, now, derive, widths } = showing;
  const known: StoredCdr = toldBeneath(record);
  const {
    cdr: merged,
    contradictions,
    effects,
  } = merge(...([known, record.sights, record.contradictions, row, source, widths] as const));
  const sights = seenBy(record.sights, sightFrom(row, mark, rule, source, now), effects);
  const isSame = merged === known && sights === record.sights && contradictions === record.contradictions;
  const unchanged = (cdr: StoredCdr) => {
    const state = record.state === 'stored' && !isSame ? 'seen' : record.state;
    return { richer: { ...record, cdr, sights, contradictions, state }, isEnriched: false };
  };
  if (merged === known) return unchanged(record.cdr);
  const derived = derive(merged);
  const overlay = record.overlay && overRaw(record.overlay, { ...merged, ...derived });
  const seen = overlay ? { ...seenParties(overlay), ...saidWords(overlay.said) } : {};
  const told = record.told && { ...known, ...merged, ...derived };
  const words = wordsOf({ ...merged, ...seen }, record.cdr.note);
  const cdr: StoredCdr = withCallCompany({ ...record.cdr, ...merged, ...derived, words, updated: now, ...seen });
  const isRawAlike = isDeepStrictEqual(
    [overlay?.derived, overlay?.told],
    [record.overlay?.derived, record.overlay?.told],
  );
  if (isRawAlike && isAlike(cdr, record.cdr))
    return unchanged({ ...record.cdr, timeOrigin: cdr.timeOrigin, isBillsecMade: merged.isBillsecMade });
  const state = record.state === 'new' ? 'new' : 'changed';
  return { richer: { ...record, cdr, told, sights, contradictions, overlay, state }, isEnriched: true };
}

/** The record as its sources told it, the very same where nobody wrote over it. */
export function toldBeneath({ cdr, told }: InHand): StoredCdr {
  return told ?? cdr;
}

/** What people wrote, over what the sources tell now. */
export function overRaw(overlay: Overlay, raw: Cdr & Derived): Overlay {
  return { ...overlay, derived: partiesOf(raw), told: wordsBeneath(overlay.said, raw) };
}

/** Whether nobody can tell them apart: how sure a time is stands in no answer, and a company has many spellings. */
function isAlike(a: StoredCdr, b: StoredCdr): boolean {
  const shown = ({ timeOrigin: _, updated: __, words: ___, isBillsecMade: ____, ...cdr }: StoredCdr) => ({
    ...cdr,
    ...{ company: cdr.company && companyKey(cdr.company), target: cdr.target && companyKey(cdr.target) },
  });
  return isDeepStrictEqual(shown(a), shown(b));
}

function sightFrom(row: Cdr, mark: RowMark | undefined, rule: Rule, source: string, at: Micros): Sight {
  const { key = null, nth = null } = mark ?? {};
  return { source, at, rule, told: toldBy(row), key, nth, effects: [], dropped: 0 };
}

/** The very same list when this sight says nothing that the source's first one did not. */
function seenBy(sights: readonly Sight[], sight: Sight, effects: readonly Effect[]): readonly Sight[] {
  const old = sightOf({ sights }, sight.source);
  if (!old) return [...sights, withEffects(sight, effects, sight.at)];
  // What it once told it may tell no more: other rows would else count as its change.
  const now: Sight = { ...old, told: sight.told, key: sight.key ?? old.key, nth: sight.nth ?? old.nth };
  const isSame = effects.length === 0 && now.told === old.told && now.key === old.key && now.nth === old.nth;
  return isSame ? sights : sights.map((other) => (other === old ? withEffects(now, effects, sight.at) : other));
}
