// Watches an SQLite table as a user without rights, and prints the first state that is not "connecting". Run as a program:
// FILE READABLE. Root reads READABLE first, so that everything is loaded before the rights are given away.
import { pino } from 'pino';
import { Value } from 'typebox/value';
import type { SourceStatus } from '../../../src/ingest/source.ts';
import { TableConfig } from '../../../src/sources/table/config.ts';
import { openTableSource } from '../../../src/sources/table/table.ts';

/** "nobody" everywhere. */
const stranger = 65_534;
const log = pino({ level: 'silent' });

function firstState(file: string): Promise<SourceStatus> {
  const config = Value.Parse(TableConfig, Value.Default(TableConfig, { url: `sqlite:${file}` }));
  const stop = new AbortController();
  return new Promise((resolve, reject) => {
    const status = (now: SourceStatus) => {
      if (now.state === 'connecting' || stop.signal.aborted) return;
      stop.abort();
      resolve(now);
    };
    const source = openTableSource({ system: 'pbx1', timezone: 'UTC', config, log });
    const context = { cursor: null, signal: stop.signal, status, emit: async () => undefined };
    source.run({ ...context, weigh: async () => [] }).catch(reject);
  });
}

const [file, readable] = process.argv.slice(2) as [string, string];
const before = await firstState(readable);
if (process.getuid!() === 0) {
  process.setgroups!([]);
  process.setgid!(stranger);
  process.setuid!(stranger);
}
process.stdout.write(JSON.stringify([before, await firstState(file)]));
