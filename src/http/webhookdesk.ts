// What HTTP may ask about webhooks; the room of webhooks answers it.
import type { Micros } from '../cdr/cdr.ts';
import type { By } from '../store/audit.ts';
import type { Dead } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';

export interface WebhookState {
  name: string;
  /** The origin of its URL. */
  to: string;
  types: readonly string[];
  ops: readonly string[];
  filter: object;
  companies: readonly string[] | null;
  batch: number;
  /** Deliveries were made of all changes up to here; null: it never began. */
  place: number | null;
  /** Changes after that. */
  behind: number | null;
  pending: number;
  dead: number;
  failing: Micros | null;
  fault: string | null;
  delivered: Micros | null;
}

export interface WebhookDesk extends Pick<Store, 'deliveries' | 'delivery'> {
  list(): Promise<WebhookState[]>;
  /** Tries by how they ended, since the start of this process. */
  counts(): { name: string; delivered: number; failed: number; dead: number }[];
  /** Dead ones are sent again, so many at once. @throws ClientError 404, and 409 for one that is not dead */
  replay(dead: Dead, by: By, now: Micros): Promise<number>;
  /** Dead ones go for good. @throws ClientError as `replay` */
  discard(dead: Dead, by: By, now: Micros): Promise<number>;
  /** Sends a message that tells nothing; resolves to the id of the delivery. @throws ClientError 404 */
  test(name: string, by: By, now: Micros): Promise<number>;
}
