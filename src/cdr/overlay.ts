// What people write beside a record: note, tags, corrections. Laid over what the sources told, never into it. Pure.
import { ownSides } from './callcompany.ts';
import { wordNames, type Derived, type Said, type StoredCdr, type Words } from './cdr.ts';

export const partyNames = ['company', 'target', 'extension', 'peerExtension'] as const;
export type PartyName = (typeof partyNames)[number];
export type Parties = Pick<Derived, PartyName>;

export interface Overlay {
  note: string | null;
  tags: readonly string[];
  /** Only the parties that somebody corrected. */
  corrected: Partial<Record<PartyName, string>>;
  /** What the rules say of the raw record, so that it can be shown and come back. */
  derived: Parties;
  said: Said;
  /** What the sources told of the fields of `said`, so that it can be shown, and met by a further sight. */
  told: Partial<Words>;
}

/** A change of an overlay: absent leaves, null takes back. */
export interface Patch extends Partial<Record<PartyName, string | null>> {
  note?: string | null;
  tags?: readonly string[];
  /** These over what was said before. */
  said?: Said;
}

export function partiesOf({ company, target, extension, peerExtension }: Parties): Parties {
  return { company, target, extension, peerExtension };
}

/** The overlay of a record that has none yet. */
export function newOverlay(raw: Parties): Overlay {
  return { note: null, tags: [], corrected: {}, derived: partiesOf(raw), said: {}, told: {} };
}

export function patched(overlay: Overlay, patch: Patch): Overlay {
  const corrections = partyNames.map((name) => [
    name,
    patch[name] === undefined ? overlay.corrected[name] : patch[name],
  ]);
  return {
    ...overlay,
    note: patch.note === undefined ? overlay.note : patch.note,
    tags: patch.tags ?? overlay.tags,
    corrected: Object.fromEntries(corrections.filter(([, value]) => value != null)) as Overlay['corrected'],
    said: { ...overlay.said, ...patch.said },
  };
}

/** The record as its sources told it. */
export function rawOf(cdr: StoredCdr, overlay: Overlay | undefined): StoredCdr {
  if (overlay) return { ...cdr, ...overlay.derived, ...overlay.told, note: null, tags: [], said: {} };
  const { company, target } = cdr.inCall;
  return company === undefined && target === undefined ? cdr : { ...cdr, ...ownSides(cdr) };
}

/** The words of a record that `said` stands over. */
export function wordsBeneath(said: Said, raw: Words): Partial<Words> {
  return Object.fromEntries(wordNames.filter((name) => name in said).map((name) => [name, raw[name]]));
}

/** The words everyone sees in place of the sources'. */
export function saidWords(said: Said): Partial<Words> {
  return Object.fromEntries(wordNames.filter((name) => name in said).map((name) => [name, said[name]]));
}

/** The parties everyone sees: what the rules say of the raw record, with the corrections on top. */
export function seenParties({ derived, corrected, said }: Overlay): Parties {
  const nobody = said.local === 'none' ? { extension: null, peerExtension: null } : {};
  return { ...derived, ...corrected, ...nobody };
}

/** A record whose parties are those everyone sees, with the rest of its overlay: its properties say what the corrections say. */
export function overlaid(cdr: StoredCdr, { note, tags, corrected, derived, said }: Overlay): StoredCdr {
  const properties = { ...cdr.properties };
  for (const name of ['company', 'target'] as const) {
    if (corrected[name] !== undefined && properties[name] !== undefined) properties[name] = cdr[name]!;
  }
  const isCaller = derived.extension !== null && properties.src_ext === derived.extension;
  if (isCaller && corrected.extension !== undefined) properties.src_ext = corrected.extension;
  return { ...cdr, properties, note, tags, ...(Object.keys(said).length > 0 ? { said } : {}) };
}

/** Tags are compared without case. */
export function tagKey(tag: string): string {
  return tag.trim().toLowerCase();
}
