// Over which trunks a record went: what its properties say, else the devices of its parties outside. Pure.
import type { StoredCdr } from './cdr.ts';
import { deviceOf, localHalf } from './parties.ts';

/** Longer names are cut: they are keys of the statistics. */
const nameMax = 255;

/** `telco` of PJSIP/telco-0000002a; none where the direction does not say which side is outside, and of Local channels. */
export function trunksOf({
  properties,
  direction,
  channel,
  dstchannel,
}: Pick<StoredCdr, 'properties' | 'direction' | 'channel' | 'dstchannel'>): string[] {
  const { trunk, trunk_out: out } = properties;
  if (isName(trunk)) return (isName(out) ? [trunk, out] : [trunk]).map((name) => name.slice(0, nameMax));
  const isIn = direction === 'inbound' || direction === 'transit';
  const isOut = direction === 'outbound' || direction === 'transit';
  const outside = [isIn ? channel : null, isOut ? dstchannel : null];
  return outside
    .filter((name): name is string => Boolean(name?.includes('/')) && localHalf(name) === null)
    .map((name) => deviceOf(name).slice(0, nameMax));
}

function isName(told: string | true | undefined): told is string {
  return typeof told === 'string' && told !== '';
}
