// The configured systems, as completeness needs them.
import { isZone } from '../cdr/time.ts';
import type { System } from './days.ts';

/** The part of a system's configuration that matters here. */
interface Configured {
  name: string;
  timezone: string;
  ami?: object | undefined;
  table?: { poll_seconds: number; timezone?: string | undefined } | undefined;
}

export function systemOf({ name, timezone, ami, table }: Configured): System {
  const kinds = { ami: ami !== undefined, table: table !== undefined };
  return { name, timezone, tableTimezone: table?.timezone, ...kinds, pollSeconds: table?.poll_seconds ?? 0 };
}

/**
 * For a command that has no need of the sources' secrets, so that their section was not checked: what is no system in it
 * is passed over, and what is no zone is this machine's.
 */
export function systemsIn(given: unknown): System[] {
  const hostZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const list: unknown[] = Array.isArray(given) ? given : [];
  return list.flatMap((one): System[] => {
    const { name, timezone, ami, table } = (one ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string') return [];
    const { poll_seconds: poll, timezone: tableZone } = (table ?? {}) as Record<string, unknown>;
    const zone = zoneIn(timezone) ?? hostZone;
    const pollSeconds = typeof poll === 'number' ? poll : 0;
    const kinds = { ami: ami !== undefined, table: table !== undefined };
    return [{ name, timezone: zone, tableTimezone: zoneIn(tableZone), ...kinds, pollSeconds }];
  });
}

function zoneIn(given: unknown): string | undefined {
  return typeof given === 'string' && isZone(given) ? given : undefined;
}
