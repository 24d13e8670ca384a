// A report as this vendor shows it: V1's object, and V2's, which has more fields and times with a Z.
import type { Micros } from '../../../cdr/cdr.ts';
import { isoOf } from '../../../cdr/time.ts';
import type { Report } from '../../../store/reports.ts';
import type { Asked } from './ask.ts';
import type { TelnyxConfig } from './config.ts';

export const states = { pending: 1, complete: 2, failed: 3, expired: 4 } as const;

/** What the report's own row does not say. */
export interface Around {
  config: TelnyxConfig;
  now: Micros;
  /** Of the listener, with its prefix: where links begin. */
  base: string;
}

/** One that has expired loses its text a while later; nobody sees a difference. */
export function isOver({ state, created }: Report, { config, now }: Pick<Around, 'config' | 'now'>): boolean {
  return state === 'expired' || (state !== 'failed' && created < now - config.report_days * 86_400e6);
}

export function toV1(report: Report, around: Around) {
  const { id, start_time, end_time, ...more } = common(report, around, (at) => isoOf(at).replace('Z', '+00:00'));
  return { id, start_time, end_time, ...more };
}

export function toV2(report: Report, around: Around) {
  const asked = report.asked as Asked;
  return {
    ...common(report, around, isoOf),
    ...{ record_type: 'cdr_detailed_report', source: asked.source, timezone: asked.timezone },
    ...{ managed_accounts: asked.accounts, retry: 0 },
  };
}

function common(report: Report, around: Around, clock: (at: Micros) => string) {
  const { config, base } = around;
  const asked = report.asked as Asked;
  const isComplete = report.state === 'complete' && !isOver(report, around);
  const { connections_as: form, filters_as: filters } = config;
  const ids = asked.connections.map((id) => (form === 'numbers' && /^\d{1,15}$/.test(id) ? Number(id) : id));
  return {
    id: report.name,
    ...{ start_time: clock(asked.start), end_time: clock(asked.end) },
    ...{ call_types: asked.callTypes, record_types: asked.recordTypes, connections: ids },
    ...{ report_name: asked.name, status: isOver(report, around) ? states.expired : states[report.state] },
    report_url: isComplete ? `${base}/reporting/downloads/${report.link}.csv` : '',
    filters: filters === 'string' ? JSON.stringify(asked.filters) : asked.filters,
    ...{ created_at: clock(wholeSecond(report.created)), updated_at: clock(wholeSecond(report.updated)) },
  };
}

function wholeSecond(at: Micros): Micros {
  return Math.floor(at / 1e6) * 1e6;
}
