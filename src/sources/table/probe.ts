// One look at a table as the source sees it: its shape, what is missing, what the user may do, the server's clock. Reads no rows.
import type { Log } from '../../log.ts';
import { placeOf, type TableConfig } from './config.ts';
import { advicesOn, flavourOf, lackOf, type Advice, type Flavour } from './flavour.ts';
import { openReader, type ServerFacts, type TableReader } from './reader.ts';

export interface TableSighting {
  kind: TableReader['kind'];
  /** Without a password. */
  label: string;
  flavour: Flavour;
  /** Why no row can be understood; null: nothing is in the way. */
  lack: string | null;
  advices: Advice[];
  /** About how many rows there are; null: nobody knows. */
  rows: number | null;
  /** null: no server, or it does not tell. */
  server: ServerFacts | null;
}

/** @throws Unavailable with a sentence for a person */
export async function probeTable(config: TableConfig, timezone: string, log: Log): Promise<TableSighting> {
  const place = placeOf(config.url);
  const reader = openReader(place, config, log);
  try {
    const flavour = flavourOf(await reader.shape(), config, config.timezone ?? timezone);
    const server = (await reader.server?.().catch(() => null)) ?? null;
    const rows = await reader.estimate().catch(() => null);
    const advices = advicesOn(flavour, config.name, reader.kind);
    const { kind } = reader;
    return { kind, label: place.label, flavour, lack: lackOf(flavour, config.name), advices, rows, server };
  } finally {
    await reader.close();
  }
}
