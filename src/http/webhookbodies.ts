// What is asked of webhooks and their deliveries, over the network and over the daemon's own socket alike.
import { Type, type Static } from 'typebox';
import { deliveryStates, type DeliveryQuery } from '../store/deliveries.ts';
import { demandOneWay } from './places.ts';
import { limitKey } from './validate.ts';

const closed = { additionalProperties: false };
const word = (description: string) => Type.String({ minLength: 1, maxLength: 64, description });
const place = (minimum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER, description }));

/** The `name` of a path. */
export const WebhookParams = Type.Object({ name: word('of the webhook') });

export const deliveryQuery = (most: number) =>
  Type.Object(
    {
      webhook: Type.Optional(word('only of this webhook')),
      state: Type.Optional(Type.Enum([...deliveryStates], { description: 'dead: given up, the dead letters' })),
      after: place(0, 'only deliveries with a higher id, the oldest first'),
      before: place(1, 'only deliveries with a lower id, the newest first; not together with after'),
      limit: Type.Integer({
        ...{ minimum: 1, maximum: most, default: Math.min(100, most), [limitKey]: 'limits.page_rows' },
        description: 'most entries in the answer',
      }),
    },
    closed,
  );
export type DeliveryAsk = Static<ReturnType<typeof deliveryQuery>>;

/** @throws ClientError 400 for a page that goes both ways */
export function toDeliveryQuery(given: DeliveryAsk): DeliveryQuery {
  demandOneWay(given);
  return given;
}
