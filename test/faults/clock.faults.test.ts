// The wall clock is stepped under a daemon, and the clock of the PBX's country is put back: nothing is lost, nothing is twice.
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { amiEvent, recommendedMappings, tableRow, type PbxRecord } from '../../src/simulator/record.ts';
import { wallTime } from '../../src/simulator/clock.ts';
import { captureRecords } from '../simulator/capture.ts';
import { tempFolder } from '../support/store.ts';
import { until } from './patience.ts';
import { openScene } from './scene.ts';
import { recordsAt } from './verdict.ts';

const hour = 3_600_000;

for (const [name, ms] of [
  ['an hour back', -hour],
  ['a day forward', 24 * hour],
  ['ten years back', -87_600 * hour],
] as const) {
  it(`the wall clock stepped ${name} under load: AMI stays up, listeners stay, nothing lost, nothing twice`, async () => {
    const { folder, remove } = tempFolder();
    onTestFinished(remove);
    const file = join(folder, 'clock');
    writeFileSync(file, '0');
    const preload = fileURLToPath(new URL('shiftclock.ts', import.meta.url));
    const env = { NODE_OPTIONS: `--import ${preload}`, FAULTS_CLOCK: file };
    const scene = await openScene({
      env,
      ami: { ping_seconds: 30, connect_seconds: 60 },
      tableConfig: { id_column: 'none' },
    });
    scene.call(15);
    await scene.more(10);
    await scene.pbx.ami.whenListening();
    const { accepted } = scene.line;
    writeFileSync(file, String(ms));
    await scene.more(15);
    const [newest] = (await recordsAt(scene.url)).slice(-1);
    // The step was real: the daemon stores by the stepped clock.
    expect(Math.abs(Date.parse(String(newest!['created'])) - Date.now() - ms)).toBeLessThan(120_000);
    expect((await scene.source('ami')).state).toBe('up');
    // A table that is just being written may be locked for one look.
    await until(async () => (await scene.source('table')).state === 'up', 'the table to be up');
    expect(scene.line.accepted).toBe(accepted);
    writeFileSync(file, '0');
    await scene.more(10);
    await scene.verdict();
    expect(scene.readers.map(({ resumes }) => resumes)).toEqual([1, 1, 1, 1]);
  });
}

/** 2026-10-25 in Europe/London: 01:30 comes twice, at 00:30 and at 01:30 UTC. */
const fold = Date.UTC(2026, 9, 25, 0, 30) * 1000;

/** Calls through both hours, some of them telling the same wall time. */
const calls: PbxRecord[] = Array.from({ length: 24 }, (_, at) => {
  const start = fold + Math.floor(at / 2) * 600_000_000 - 1_800_000_000 + (at % 2) * 3_600_000_000 + 411_497;
  const shape = captureRecords[at % captureRecords.length]!;
  const uniqueid = `${Math.floor(start / 1e6)}.${at}`;
  const times = { start, answer: start + 2_000_000, end: start + 60_000_000 };
  return { ...shape, ...times, uniqueid, linkedid: uniqueid, sequence: at, disposition: 'ANSWERED' };
});

for (const hasEpoch of [true, false]) {
  for (const idColumn of ['auto', 'none']) {
    it(`the hour that comes twice in autumn, table in local time read by ${idColumn === 'auto' ? 'id' : 'time'}, AMI ${hasEpoch ? 'with' : 'without'} epochs: each record once, at its UTC`, async () => {
      const timezone = 'Europe/London';
      const tableConfig = { timezone, id_column: idColumn, overlap_seconds: 14_400, max_rows: 5 };
      const scene = await openScene({ timezone, tableConfig, mappings: hasEpoch });
      await scene.pbx.ami.whenListening();
      const table = new Database(join(scene.folder, 'master.db'));
      onTestFinished(() => void table.close());
      const mappings = hasEpoch ? recommendedMappings : [['sequence', 'Sequence'] as const];
      for (const record of calls) {
        scene.pbx.ami.broadcast(amiEvent(record, { timezone, mappings }));
        const row: Record<string, unknown> = { ...tableRow(record) };
        for (const [column, time] of [
          ['calldate', record.start],
          ['answer', record.answer!],
          ['end', record.end],
        ] as const) {
          row[column] = wallTime(time, timezone);
        }
        const names = Object.keys(row);
        const sql = `INSERT INTO cdr (${names.map((name) => `"${name}"`).join()}) VALUES (${names.map(() => '?').join()})`;
        table.prepare(sql).run(...Object.values(row));
      }
      await until(async () => (await scene.source('table')).received >= calls.length, 'the table to be read');
      await scene.verdict();
      const stored = await recordsAt(scene.url);
      const startOf = (uniqueid: unknown) =>
        String(stored.find((cdr) => cdr['uniqueid'] === uniqueid)?.['start']).slice(0, 19);
      for (const { uniqueid, start } of calls) {
        expect([uniqueid, startOf(uniqueid)]).toEqual([uniqueid, new Date(start / 1000).toISOString().slice(0, 19)]);
      }
    });
  }
}
