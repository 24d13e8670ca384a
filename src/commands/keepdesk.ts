// What commands may ask about keeping the store: backups that were made, retention, anonymising, holds. Of the daemon, or of the store when
// none runs.
import type { Config } from '../config.ts';
import { savedEntry, type SavedTold } from '../http/controlkeep.ts';
import { wholeHold, type NewHold } from '../http/holdbodies.ts';
import type { EraseAsk, RetentionAsk } from '../ingest/retention.ts';
import { Retention, retentionRules } from '../ingest/retention.ts';
import { byCommand } from '../store/audit.ts';
import type { CopiesDone } from '../store/erasecopies.ts';
import type { EraseDone } from '../store/erasenumbers.ts';
import type { Hold } from '../store/holds.ts';
import type { RetentionDone } from '../store/retention.ts';
import type { Store } from '../store/store.ts';

export interface KeepDesk {
  /** Writes into the audit that a backup was made. */
  saved(told: SavedTold): Promise<void>;
  /** One slice; see Retention. */
  retain(ask: RetentionAsk): Promise<RetentionDone>;
  anonymise(ask: EraseAsk): Promise<EraseDone>;
  anonymiseCopies(ask: EraseAsk): Promise<CopiesDone>;
  listHolds(): Promise<Hold[]>;
  addHold(hold: NewHold): Promise<Hold>;
  /** false when there is none. */
  removeHold(id: number): Promise<boolean>;
}

type Ask = <T>(method: string, url: string, body?: unknown) => Promise<T>;

export function remoteKeep(ask: Ask, orNothing: <T>(answer: Promise<T>) => Promise<T | undefined>): KeepDesk {
  return {
    saved: async (told) => void (await ask('POST', '/backups', told)),
    retain: (slice) => ask('POST', '/retention', slice),
    anonymise: (slice) => ask('POST', '/anonymise', slice),
    anonymiseCopies: (slice) => ask('POST', '/anonymise/copies', slice),
    listHolds: () => ask('GET', '/holds'),
    addHold: (hold) => ask('POST', '/holds', hold),
    removeHold: async (id) => (await orNothing(ask('DELETE', `/holds/${id}`))) !== undefined,
  };
}

export function localKeep(config: Config, store: Store): KeepDesk {
  const now = () => Date.now() * 1000;
  // Nobody listens: the daemon's feed reads what was committed when it starts.
  let one: Retention | undefined;
  const retention = () => (one ??= new Retention(store, { wake: () => undefined }, retentionRules(config.retention)));
  return {
    saved: (told) => store.audit(savedEntry(told)),
    retain: (ask) => retention().slice(ask, now(), byCommand),
    anonymise: async (ask) => retention().eraseSlice(ask, byCommand, now()),
    anonymiseCopies: async (ask) => retention().eraseCopies(ask, now()),
    listHolds: () => store.listHolds(),
    addHold: async (hold) => store.addHold(wholeHold(hold), byCommand, now()),
    removeHold: (id) => store.removeHold(id, byCommand, now()),
  };
}
