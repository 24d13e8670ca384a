// What goes out to a client of the feed in one turn of the loop goes out together, and is no reason to cut it.
import { setImmediate } from 'node:timers/promises';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { LimitsConfig } from '../../src/http/config.ts';
import { Outlet } from '../../src/http/outlet.ts';

/** A line that takes everything at once, and tells how many bytes each call brought. */
function openLine(most: number) {
  const calls: number[] = [];
  const cuts: string[] = [];
  const line = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      calls.push(chunk.length);
      done();
    },
    writev: (chunks, done) => {
      calls.push(chunks.reduce((sum, { chunk }) => sum + (chunk as Buffer).length, 0));
      done();
    },
  });
  const wire = {
    waiting: () => line.writableLength,
    write: (frame: Buffer) => void line.write(frame),
    cork: () => line.cork(),
    uncork: () => line.uncork(),
    taken: () => undefined,
    cut: (reason: string) => void cuts.push(reason),
  };
  const stats = { clients: 0, frames: 0, bytes: 0, cuts: 0, replays: 0 };
  const outlet = new Outlet(wire, { live_buffer_bytes: most, live_stall_seconds: 1 } as LimitsConfig, stats);
  return { outlet, calls, cuts };
}

const frame = Buffer.alloc(600);

describe('the way out to a client', () => {
  it('takes the frames of one turn of the loop in one call of the system', async () => {
    const { outlet, calls } = openLine(1_048_576);
    for (let turn = 0; turn < 2; turn += 1) {
      for (let count = 0; count < 50; count += 1) outlet.push(frame);
      expect(calls).toHaveLength(turn);
      await setImmediate();
    }
    expect(calls).toEqual([30_000, 30_000]);
  });

  it('holds back no more than 64 KiB and a frame', async () => {
    const { outlet, calls } = openLine(1_048_576);
    for (let count = 0; count < 500; count += 1) outlet.send(frame);
    await setImmediate();
    expect(calls.reduce((sum, bytes) => sum + bytes, 0)).toBe(300_000);
    expect(Math.max(...calls)).toBeLessThanOrEqual(64 * 1024 + frame.length);
  });

  it('counts against nobody what it holds back itself', async () => {
    const { outlet, calls, cuts } = openLine(1000);
    for (let count = 0; count < 20; count += 1) {
      outlet.push(frame);
      expect(outlet.room()).toBeUndefined();
    }
    await setImmediate();
    expect(cuts).toEqual([]);
    expect(calls.reduce((sum, bytes) => sum + bytes, 0)).toBe(12_000);
  });
});
