// Which sources a system has; a new kind is a folder here and a line below. Neighbours never import each other.
import type { Log } from '../log.ts';
import type { Source } from '../ingest/source.ts';
import { openAmiSource } from './ami/ami.ts';
import type { SystemConfig } from './config.ts';
import { openTableSource } from './table/table.ts';

/** What AMI may have missed while it was away, the table knows: it is read at once when AMI is back. */
export function openSources(
  { name: system, timezone, ami, table }: SystemConfig & { timezone: string },
  log: Log,
): Source[] {
  const fromTable = table && openTableSource({ system, timezone, config: table, log });
  const onUp = () => fromTable?.poke?.();
  const fromAmi = ami && openAmiSource({ system, timezone, config: ami, log, onUp });
  return [fromAmi, fromTable].filter((source) => source !== undefined);
}
