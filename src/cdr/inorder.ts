// Whether the times of a record that somebody writes are in order.
import type { Micros } from './cdr.ts';
import type { RowReader } from './rowreader.ts';
import { isoOf } from './time.ts';

/**
 * Whoever writes a record over HTTP has its times in order. A PBX need not: Asterisk takes each from the clock of the machine
 * (main/cdr.c, ast_tvnow), and a clock that is set back between them is no reason to lose a call. Fractions may be cut off.
 */
export function demandOrder(reader: RowReader, times: Record<'start' | 'answer' | 'end', Micros | null>): void {
  const order = [
    ['answer', 'start'],
    ['end', 'start'],
    ['end', 'answer'],
  ] as const;
  const whole = (at: Micros) => Math.floor(at / 1e6);
  for (const [later, earlier] of order) {
    const [found, bound] = [times[later], times[earlier]];
    if (found === null || bound === null || whole(found) >= whole(bound)) continue;
    reader.fault(later, `${isoOf(found)} is before ${earlier}, expected ${isoOf(bound)} or later`);
    return;
  }
}
