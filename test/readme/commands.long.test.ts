// Every command of the README is run, in its order, in a folder like the reader's, and does what it is printed for: no exit code that tells
// of a fault, no HTTP status from 400.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { bare, printedIn } from './printed.ts';
import { elsewhere, scenes } from './scenes.ts';
import { openStage, type Stage } from './stage.ts';

const start = 'npm ci && CDRD_AMI_SECRET=CHANGE-ME npm start';
const readme = printedIn(readFileSync('README.md', 'utf8'));
const beginsWith = (text: string, beginnings: readonly string[]) => beginnings.some((begin) => text.startsWith(begin));

/** Each once: the README may name a command more than once. */
const commands = readme.commands
  .map(({ line, text }) => ({ line, text: bare(text) }))
  .filter(({ text }, at, all) => all.findIndex((other) => other.text === text) === at);
const run = commands.filter(({ text }) => text === start || !beginsWith(text, Object.keys(elsewhere)));

describe('the README', () => {
  it('prints commands, and of what is none only settings and messages', () => {
    expect(commands.length).toBeGreaterThan(120);
    expect(readme.samples.filter(({ text }) => !/^([a-z_]+:\n|\{")/.test(text))).toEqual([]);
  });

  it('has every command that is told to be run otherwise or elsewhere', () => {
    const texts = commands.map(({ text }) => text);
    const told = [...scenes.map(({ begins }) => begins), ...Object.keys(elsewhere)];
    expect(told.filter((begins) => !texts.some((text) => text.startsWith(begins)))).toEqual([]);
  });
});

describe('a reader of the README', () => {
  let stage: Stage;
  /** Command → what it has told. */
  const told = new Map<string, string>();
  /** What a line has set counts for those that follow. */
  let set = '';
  beforeAll(async () => (stage = await openStage()));
  afterAll(() => stage.close());

  it.each(run)('can run line $line: $text', async ({ text }) => {
    if (text === start) return stage.start();
    const scene = scenes.find(({ begins }) => text.startsWith(begins));
    await scene?.before?.(stage);
    const done = await stage.run(set + (scene?.says?.(text, told) ?? text), scene?.enough);
    expect([0, ...(scene?.codes ?? [])], done.told).toContain(done.code);
    // IPCortex tells its faults with the status 200.
    expect(done.told).not.toContain('"result":"fail"');
    told.set(text, done.told);
    if (/^[A-Z]+=/.test(text)) set += `${text}\n`;
    await scene?.after?.(stage);
  });
});
