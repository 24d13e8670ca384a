// What the board knows of a call beside its channels: whether it goes on, as far as anybody can tell.
import { afterEach, describe, expect, it } from 'vitest';
import { LiveBoard } from '../../src/live/board.ts';
import { noTables } from '../../src/rules/tables.ts';
import { naming } from '../support/rows.ts';
import { silent } from '../support/store.ts';
import { captured } from './captured.ts';

const talk = captured('internal-caller-hangs-up').flatMap(({ event }) => event ?? []);
const linkedid = talk[0]!.get('linkedid');

describe('the board', () => {
  let now = 0;
  const board = new LiveBoard({
    rules: new Map([['pbx1', naming]]),
    tables: () => Promise.resolve(noTables),
    log: silent,
    now: () => now,
  });
  afterEach(() => board.close());
  const isLive = (...linkedids: string[]) => board.isLive({ system: 'pbx1', linkedids });

  it('says of a call whether it goes on; soon after the line came or went, that any may', () => {
    expect(isLive(linkedid)).toBe(false);
    const ear = board.ear('pbx1');
    // Nobody has heard of the line yet.
    expect([isLive('1.1'), board.isLive({ system: 'pbx2', linkedids: [linkedid] })]).toEqual([true, false]);
    ear.up();
    now += 31_000;
    expect(isLive('1.1')).toBe(false);
    const over = talk.findIndex(({ name }) => name === 'hangup');
    for (const event of talk.slice(0, over)) ear.hear(event);
    expect([isLive('1.1', linkedid), isLive('1.1')]).toEqual([true, false]);
    ear.down();
    expect(isLive('1.1')).toBe(true);
    now += 31_000;
    // Whatever went on when the line was cut has not to wait for ever.
    expect(isLive(linkedid)).toBe(false);
    ear.up();
    now += 31_000;
    for (const event of talk.slice(2, over)) ear.hear(event);
    expect(isLive(linkedid)).toBe(true);
    for (const event of talk.slice(over)) ear.hear(event);
    expect(isLive(linkedid)).toBe(false);
  });
});
