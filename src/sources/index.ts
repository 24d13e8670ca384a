// Which sources a system has; a new kind is a folder here and a line below. Neighbours never import each other.
import type { Chores } from '../ingest/chores.ts';
import type { Source } from '../ingest/source.ts';
import type { Ear } from '../live/heard.ts';
import type { Log } from '../log.ts';
import { openAmiSource } from './ami/ami.ts';
import type { SystemConfig } from './config.ts';
import { openTableSources, type Ledger } from './table/index.ts';

/** What AMI may have missed while it was away, the table knows: it is read at once when AMI is back. */
export function openSources(
  { name: system, timezone, ami, table }: SystemConfig & { timezone: string },
  log: Log,
  ledger: Ledger,
  ear?: Ear,
): { sources: Source[]; chores: Chores | null } {
  if (!ami && !table)
    log.info({ system }, 'neither ami nor table: records of this system come from files and over HTTP');
  const ofTable = table && openTableSources({ system, timezone, config: table, log }, ledger);
  const onUp = () => ofTable?.live.poke();
  const fromAmi = ami && openAmiSource({ system, timezone, config: ami, log, onUp, ear });
  return {
    sources: [...(fromAmi ? [fromAmi] : []), ...(ofTable ? ofTable.sources : [])],
    chores: ofTable?.chores ?? null,
  };
}
