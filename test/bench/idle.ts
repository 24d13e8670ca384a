// idle: what a daemon holds and uses that has nothing to do: one system heard by AMI, one table polled each second.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openCdrTable } from '../../src/simulator/table.ts';
import { makeFolder } from './cleanup.ts';
import { startBenchDaemon } from './daemon.ts';
import { figureAlone, type Part } from './pairs.ts';
import { useOf } from './processes.ts';

export const idle: Part = {
  name: 'idle',
  about: 'memory and CPU of all processes of a daemon that hears one AMI and polls one table each second',
  async run({ isShort, pairs }) {
    const url = `sqlite:${join(makeFolder(), 'master.db')}`;
    await (await openCdrTable(url)).close();
    const daemon = await startBenchDaemon({ system: { table: { url, poll_seconds: 1 } } });
    try {
      // What a start leaves behind is collected by then.
      await delay(isShort ? 3000 : 30_000);
      const [held, used]: number[][] = [[], []];
      for (let pair = 0; pair < pairs; pair++) {
        const [before, began] = [useOf(daemon.pid), performance.now()];
        await delay(isShort ? 1000 : 10_000);
        const after = useOf(daemon.pid);
        held!.push(after.rss);
        used!.push((100 * (after.cpu - before.cpu)) / ((performance.now() - began) / 1000));
      }
      const { processes } = useOf(daemon.pid);
      const name = processes === 1 ? '1 process' : `${processes} processes`;
      return [
        figureAlone({ part: idle.name, case: `RSS, ${name}`, unit: 'MiB' }, held!),
        figureAlone({ part: idle.name, case: 'CPU', unit: '% of a core' }, used!),
      ];
    } finally {
      await daemon.end();
    }
  },
};
