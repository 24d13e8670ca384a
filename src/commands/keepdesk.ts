// What commands may ask about keeping the store: backups that were made. Of the daemon, or of the store when none runs.
import { savedEntry, type SavedTold } from '../http/controlkeep.ts';
import type { Store } from '../store/store.ts';

export interface KeepDesk {
  /** Writes into the audit that a backup was made. */
  saved(told: SavedTold): Promise<void>;
}

export function remoteKeep(ask: <T>(method: string, url: string, body?: unknown) => Promise<T>): KeepDesk {
  return {
    saved: async (told) => void (await ask('POST', '/backups', told)),
  };
}

export function localKeep(store: Store): KeepDesk {
  return {
    saved: (told) => store.audit(savedEntry(told)),
  };
}
