// When scheduled work is done. Five fields of cron each: minute, hour, day of month, month, day of week.
import { Type, type Static } from 'typebox';

const schedule = (cron: string, description: string) =>
  Type.String({ minLength: 1, maxLength: 100, default: cron, description: `${description}; off: only by hand` });

export const JobsConfig = Type.Object(
  {
    timezone: Type.String({ minLength: 1, default: 'UTC', description: 'zone of these schedules (IANA)' }),
    sessions: schedule('17 * * * *', 'removes sessions that are over'),
    rejects: schedule('11 4 * * *', 'discards rejects not seen for rejects.keep_days'),
    reports: schedule('23 * * * *', 'removes the text of reports that have expired or were deleted'),
    recounts: schedule('47 * * * *', 'ends recounts of the statistics that were cut off, and clears what they left'),
    retention: schedule('23 2 * * *', 'removes and anonymises records as retention says'),
    optimize: schedule(
      '41 4 * * *',
      "packs days of the call statistics that are over, renews the statistics of the store's database",
    ),
  },
  { additionalProperties: false, default: {} },
);
export type JobsConfig = Static<typeof JobsConfig>;
