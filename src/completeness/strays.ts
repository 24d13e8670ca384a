// Systems whose records are in the store and which are not configured: renamed, or taken away. Told, and left as they are.
import { byHand } from '../ingest/byhand.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import type { Stray } from '../store/strays.ts';
import { strayText } from './straytext.ts';

/** Those that people make by hand are of no Asterisk, and no system is configured for them. */
export function straysBeside(store: Pick<Store, 'straysOf'>, configured: readonly string[]): Promise<Stray[]> {
  return store.straysOf([...configured, byHand]);
}

/** Once at the start. */
export async function tellStrays(store: Store, configured: readonly string[], log: Log): Promise<void> {
  for (const stray of await straysBeside(store, configured)) {
    const { system, records } = stray;
    log.warn({ system, records }, strayText(stray).join(': '));
  }
}
