// A store of its own for each test of a suite, closed behind it.
import { afterEach, beforeEach } from 'vitest';
import { openStore, type Store } from '../../src/store/store.ts';
import { silent } from '../support/store.ts';

export interface Fresh {
  url: string;
  store: Store;
  /** Opens it again, as the next start does: a migration that is owed is done. `meanwhile` is run while it is closed. */
  reopen(meanwhile?: () => Promise<void>): Promise<void>;
}

/** To be called in a `describe`; what it gives back is filled before each test. */
export function eachFresh(freshUrl: () => Promise<string>): Fresh {
  const at: Partial<Fresh> = {
    reopen: async (meanwhile) => {
      await at.store!.close();
      await meanwhile?.();
      at.store = await openStore({ url: at.url! }, silent);
    },
  };
  beforeEach(async () => {
    at.url = await freshUrl();
    at.store = await openStore({ url: at.url }, silent);
  });
  afterEach(() => at.store!.close());
  return at as Fresh;
}
