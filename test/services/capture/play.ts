// Plays one scenario in a town and gives the records that the PBX wrote, in its order.
// A scenario ends when nobody is on the phone any more and the last record has been written.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import type { Ami } from '../ami.ts';
import { waitFor } from '../wait.ts';
import { columns } from './columns.ts';
import type { Calling, Doing, Scenario } from './scenario.ts';
import type { Town } from './town.ts';

/** From the last act to the last hanging up: longer than any Wait of a dialplan that matters. */
const END_LIMIT_MS = 45_000;
/** The engine of the records works behind the calls: this long without a new line is the end. */
const QUIET_MS = 1_200;
const PATIENCE_MS = 55_000;

/** Null where Asterisk knows no time. */
export type CapturedRecord = readonly (string | null)[];

let played = 0;

/** Throws when the calls do not end, after hanging all of them up. */
export async function play(town: Town, scenario: Scenario): Promise<CapturedRecord[]> {
  const before = linesOf(town).length;
  writeFileSync(town.dialplan, dialplanOf(scenario, ++played, town.sipPort));
  await town.town.command('dialplan reload');
  const begin = performance.now();
  for (const [index, act] of scenario.acts.entries()) {
    await pause(Math.max(0, act.at * 1000 - (performance.now() - begin)));
    if (act.call !== undefined) await dial(town.town, act.call, index);
    if (act.pbx !== undefined) await town.pbx.send(act.pbx(await channelsOf(town.pbx)));
  }
  try {
    await ended(town);
  } catch (error) {
    for (const ami of [town.pbx, town.town]) await ami.command('channel request hangup all');
    throw error;
  }
  return linesOf(town).slice(before).map(toRecord);
}

async function dial(ami: Ami, { from, name = from, to, patience }: Calling, index: number): Promise<void> {
  const endpoint = /^\d{3}$/.test(from) ? 'phone' : 'carrier';
  await ami.send({
    Action: 'Originate',
    Channel: `PJSIP/${to}@${endpoint}`,
    CallerID: `"${name}" <${from}>`,
    Context: 'callers',
    Exten: `caller${index}`,
    Priority: '1',
    Timeout: String(patience === undefined ? PATIENCE_MS : patience * 1000),
    Async: 'true',
  });
}

/** Phones count their calls in a variable of this scenario alone: a caller who is late must not disturb the next one. */
function dialplanOf({ phones = {}, acts }: Scenario, number: number, sipPort: number): string {
  const lines = ['[globals]', `PBX=127.0.0.1:${sipPort}`, '[town]'];
  for (const [phone, doing] of Object.entries(phones)) {
    const counter = `CALLS_${number}_${phone.replace(/\D/g, '')}`;
    const doings = isSingle(doing) ? [doing] : doing;
    lines.push(`exten => ${phone},1,Set(GLOBAL(${counter})=$[0\${${counter}} + 1])`);
    lines.push(` same => n,Goto(\${IF($[\${${counter}} > ${doings.length}]?${doings.length}:\${${counter}})}-call)`);
    for (const [index, one] of doings.entries()) lines.push(...steps(one, `(${index + 1}-call)`));
  }
  lines.push('[callers]');
  for (const [index, { call }] of acts.entries()) {
    if (call === undefined) continue;
    lines.push(`exten => caller${index},1,NoOp()`, ...steps(call.then, ''));
  }
  return `${lines.join('\n')}\n`;
}

function steps(doing: Doing, label: string): string[] {
  return [...doing, 'Hangup()'].map((step, index) => ` same => n${index === 0 ? label : ''},${step}`);
}

function isSingle(doing: Doing | readonly Doing[]): doing is Doing {
  return doing.every((one) => typeof one === 'string');
}

async function channelsOf(ami: Ami): Promise<string[]> {
  const listed = await ami.command('core show channels concise');
  return listed.split('\n').flatMap((line) => (line.includes('!') ? [line.split('!')[0]!] : []));
}

async function isSilent(town: Town): Promise<boolean> {
  const open = await Promise.all([channelsOf(town.pbx), channelsOf(town.town)]);
  return open.flat().length === 0;
}

/** Nobody on the phone and no new record, for so long that nothing more can be on its way. */
async function ended(town: Town): Promise<void> {
  let seen = -1;
  let since = performance.now();
  await waitFor('the calls to end', END_LIMIT_MS, async () => {
    const now = linesOf(town).length;
    if (now !== seen || !(await isSilent(town))) [seen, since] = [now, performance.now()];
    return performance.now() - since >= QUIET_MS ? true : null;
  });
}

function linesOf(town: Town): string[][] {
  if (!existsSync(town.records)) return [];
  return parse(readFileSync(town.records, 'utf8'));
}

function toRecord(line: string[]): CapturedRecord {
  if (line.length !== columns.length) throw new Error(`a record has ${line.length} columns, not ${columns.length}`);
  return line.map((value, index) => (index < 3 ? toTime(value) : value));
}

/** `1795314479.411497` to `2026-11-22 02:27:59.411497`, UTC; 0 is Asterisk's never. */
function toTime(epoch: string): string | null {
  const [, seconds, micros] = /^(\d+)\.(\d{6})$/.exec(epoch) ?? [];
  if (seconds === undefined || micros === undefined) throw new Error(`time: "${epoch}" is no epoch with microseconds`);
  if (Number(seconds) === 0) return null;
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')}.${micros}`;
}
