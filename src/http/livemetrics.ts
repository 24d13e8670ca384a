// What is heard of channels, as numbers for Prometheus; absent for systems that do not tell of them.
import { Counter, Gauge } from 'prom-client';
import type { LiveBoard } from '../live/board.ts';
import type { LiveSystem } from '../live/heard.ts';
import type { Metrics } from './metrics.ts';

export function watchBoard({ registry }: Metrics, board: Pick<LiveBoard, 'systems'>): void {
  new Gauge({
    name: 'cdrd_live_channels',
    help: 'Channels of calls that go on now, as far as they are followed',
    labelNames: ['system'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, channels } of board.systems) this.set({ system: name }, channels);
    },
  });
  const counted = (name: string, help: string, value: (system: LiveSystem) => number) =>
    new Counter({
      name: `cdrd_live_events_${name}_total`,
      help,
      labelNames: ['system'],
      registers: [registry],
      collect() {
        this.reset();
        for (const system of board.systems) this.inc({ system: system.name }, value(system));
      },
    });
  counted('heard', 'Events of channels that were taken', ({ events }) => events);
  counted(
    'dropped',
    'Events of channels, and new channels, beyond what is followed; no record is touched',
    ({ dropped }) => dropped,
  );
}
