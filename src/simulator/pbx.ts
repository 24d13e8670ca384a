// The simulated PBX: a call's records go to an AMI peer and to a `cdr` table, as Asterisk posts a CDR to each backend
// in turn. It is the demo's PBX and the tests'. It knows nothing of cdrd.
import { openAmiPeer, type AmiPeer, type AmiPeerOptions } from './ami.ts';
import { systemClock, type Clock } from './clock.ts';
import { openIds } from './ids.ts';
import { Unavailable } from '../errors.ts';
import { amiEvent, recommendedMappings, type Mapping, type PbxRecord } from './record.ts';
import { openCdrTable, type CdrTable } from './table.ts';
import { runTraffic, type TrafficCounts, type TrafficOptions } from './traffic.ts';

export interface PbxOptions {
  ami: AmiPeerOptions;
  /** `sqlite:PATH` or `mysql://…`; without it this PBX has no table. */
  tableUrl?: string;
  /** true = the recommended ones, false = none (cdr_manager.conf as shipped), or a list of one's own. */
  mappings: boolean | readonly Mapping[];
  /** Whether its traffic also tells of its channels, to clients that listen to the class `call`. */
  channels?: boolean;
  /** The server's local zone (IANA), in which AMI times are. The table is in UTC. */
  timezone: string;
  clock?: Clock;
}

export interface Pbx {
  readonly amiPort: number;
  /** For tests that make the peer misbehave. */
  readonly ami: AmiPeer;
  /** The AMI bytes of a record on this PBX. */
  event(record: PbxRecord): string;
  /** Rows of the traffic that the database refused; like Asterisk, the PBX goes on without them. */
  readonly lostRows: number;
  /**
   * Posts records in order; throws Unavailable when the database refuses. Resolves when the last is committed; `only`
   * leaves the other backend out.
   */
  play(records: PbxRecord[], options?: { only?: 'ami' | 'table' }): Promise<void>;
  /** Plays traffic until its seconds are over or the PBX closes. Channel ids go on from one run to the next. */
  traffic(options: Pick<TrafficOptions, 'rate' | 'seconds' | 'seed' | 'signal'>): Promise<TrafficCounts>;
  /** Ends the traffic, then the AMI peer, then the table. */
  close(): Promise<void>;
}

/** Opens both backends. Throws Unavailable or ConfigError, with nothing left open. */
export async function openPbx(options: PbxOptions): Promise<Pbx> {
  const { timezone, clock = systemClock } = options;
  const mappings = options.mappings === true ? recommendedMappings : options.mappings || [];
  const ids = openIds();
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  let lostRows = 0;
  const table: CdrTable | null = options.tableUrl === undefined ? null : await openCdrTable(options.tableUrl);
  const ami = await openAmiPeer(options.ami).catch(async (error: unknown) => {
    await table?.close();
    throw error;
  });

  const event = (record: PbxRecord): string => amiEvent(record, { timezone, mappings });
  /** AMI first: the record is heard before its row can be read, the harder order for whoever joins the two. */
  async function post(record: PbxRecord, only?: 'ami' | 'table'): Promise<void> {
    if (only !== 'table') ami.broadcast(event(record));
    if (only !== 'ami') await table?.insert(record);
  }

  async function postOrLose(record: PbxRecord): Promise<void> {
    try {
      await post(record);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      lostRows++;
    }
  }

  return {
    amiPort: ami.port,
    ami,
    event,
    get lostRows() {
      return lostRows;
    },
    async play(records, { only } = {}) {
      for (const record of records) await post(record, only);
    },
    async traffic({ signal, ...traffic }) {
      const either = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
      const tell = (event: string) => void ami.broadcast(event, 'call');
      const told = options.channels === true ? { tell } : {};
      const run = runTraffic({ ...traffic, ...told, clock, ids, signal: either, emit: postOrLose });
      running.add(run);
      try {
        return await run;
      } finally {
        running.delete(run);
      }
    },
    async close() {
      closing.abort();
      await Promise.allSettled(running);
      await ami.close();
      await table?.close();
    },
  };
}
