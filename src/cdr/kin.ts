// How the channels of a call follow each other, as numbers: for APIs that link records by parents and roots. Pure.

/** What of a record tells its place in its call. */
export interface KinRow {
  id: number;
  /** Names the Asterisk. */
  systemId: number;
  uniqueid: string;
  linkedid: string | null;
  start: number;
  /** Whether the reader may see it; only such records count as children. */
  isVisible: boolean;
}

export interface Kin {
  systemId: number;
  /** Of the channel: the lowest id among its records, so a number that is there and stays. */
  live: number;
  /** Of the channel that appeared before it in the call; null of the first one. */
  parent: number | null;
  /** Of the first channel of the call. */
  root: number;
  /** Records of the channel that appeared next. */
  children: number;
}

/** Of all records of one call. Channels stand in the order of their first records; the one that named the call is the first. */
export function kinOf(rows: readonly KinRow[]): Map<number, Kin> {
  const channelOf = ({ systemId, uniqueid }: KinRow) => `${systemId}\n${uniqueid}`;
  const channels = [...Map.groupBy(rows, channelOf).values()].map((own) => ({
    live: Math.min(...own.map(({ id }) => id)),
    start: Math.min(...own.map(({ start }) => start)),
    isNamer: own.some(({ uniqueid, linkedid }) => uniqueid === linkedid),
    rows: own,
  }));
  channels.sort((a, b) => Number(b.isNamer) - Number(a.isNamer) || a.start - b.start || a.live - b.live);
  return new Map(
    channels.flatMap(({ live, rows: own }, at) => {
      const children = channels[at + 1]?.rows.filter(({ isVisible }) => isVisible).length ?? 0;
      const kin = { live, parent: channels[at - 1]?.live ?? null, root: channels[0]!.live, children };
      return own.map(({ id, systemId }): [number, Kin] => [id, { systemId, ...kin }]);
    }),
  );
}
