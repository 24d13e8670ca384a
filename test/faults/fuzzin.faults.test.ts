// Whatever comes in from a PBX is a record or a reject, and counted: mutated AMI sessions, table rows with any value.
import { expect, it, onTestFinished } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { Value } from 'typebox/value';
import type { RawRow } from '../../src/cdr/normalise.ts';
import type { Batch, Source, SourceContext } from '../../src/ingest/source.ts';
import { openAmiPeer } from '../../src/simulator/ami.ts';
import { openAmiSource } from '../../src/sources/ami/ami.ts';
import { AmiConfig } from '../../src/sources/ami/config.ts';
import { openHouse } from '../http/support.ts';
import { captureEvents } from '../simulator/capture.ts';
import { amiRows, raw, tableRows } from '../support/rows.ts';
import { silent } from '../support/store.ts';
import { until } from './patience.ts';
import { heapMb } from '../support/memory.ts';
import { mutated, oddText } from './mutate.ts';
import { many, randomFor } from './seed.ts';

const growthMb = 40;
/** Inputs of the same calls; then come others of other ids, as on a PBX: a channel has a few records, not thousands. */
const roundInputs = 1000;

/** The text of a record with the ids and channels of another round. */
function ofRound(sent: number, text: string): string {
  const round = Math.floor(sent / roundInputs);
  return text
    .replaceAll(
      /\b(\d{10})\.(\d{1,3})\b/g,
      (_, second: string, number: string) => `${Number(second) + round}.${number}`,
    )
    .replaceAll(
      /-(000000[0-9a-f]{2})\b/g,
      (_, number: string) => `-${(parseInt(number, 16) + round * 256).toString(16).padStart(8, '0')}`,
    );
}
const account = { username: 'cdrd', secret: 's3cret' };

it('fuzz: mutated AMI sessions give records or rejects, all counted, in bounded memory', async () => {
  const random = randomFor('fuzz ami');
  const house = await openHouse({ log: 'unheard' });
  onTestFinished(() => house.close());
  const peer = await openAmiPeer({ host: '127.0.0.1', port: 0, ...account });
  onTestFinished(() => peer.close());
  const quick = { reconnect_min_seconds: 0.001, reconnect_max_seconds: 0.002, buffer_rows: 1_000_000 };
  const config = Value.Parse(AmiConfig, Value.Default(AmiConfig, { port: peer.port, ...account, ...quick }));
  const source = openAmiSource({ system: 'pbx1', timezone: 'UTC', config, log: silent });
  const stop = new AbortController();
  await house.ingest.open(source);
  const running = house.ingest.run(source, stop.signal);
  const report = () => house.ingest.reports().find(({ name }) => name === 'pbx1/ami')!;
  /** All that was sent is stored or refused: the memory is not that of a queue. */
  const calm = async () => {
    let last = -1;
    await until(async () => {
      const now = report().received;
      const isCalm = now === last;
      last = now;
      await delay(300);
      return isCalm;
    }, 'the last events');
  };
  const before = heapMb();
  const inputs = many(10_000, 1_000_000);
  for (let sent = 0; sent < inputs; sent += 1) {
    await peer.whenListening();
    const event = ofRound(sent, random.pick(captureEvents));
    peer.broadcast(random.chance(0.9) ? mutated(random, event) : event);
    // A session that was left in the middle of something begins anew.
    if (random.chance(0.01)) peer.dropClients();
    if (sent % 50 === 0) await delay(0);
    if (sent % 10_000 === 0) await calm();
  }
  await calm();
  stop.abort();
  await running;
  const { received, stored, duplicate, rejected, expired, lost } = report();
  expect(received).toBe(stored + duplicate + rejected + expired);
  expect(lost).toBe(0);
  expect(received).toBeGreaterThan(inputs / 4);
  expect(rejected).toBeGreaterThan(0);
  expect((await house.store.rejects(10)).length).toBe(10);
  expect(heapMb() - before).toBeLessThan(growthMb);
});

it('fuzz: table and AMI rows with any value give records or rejects, all counted, in bounded memory', async () => {
  const random = randomFor('fuzz rows');
  const house = await openHouse({ log: 'unheard' });
  onTestFinished(() => house.close());
  const samples = [...tableRows(), ...amiRows()];
  const anyRow = (sent: number): RawRow => {
    const { kind, fields } = random.pick(samples);
    const texts = Object.entries(fields).map(([name, value]) => {
      return [name, typeof value === 'string' ? ofRound(sent, value) : value] as const;
    });
    const changed: RawRow['fields'] = Object.fromEntries(texts);
    for (let changes = random.whole(0, 3); changes > 0; changes -= 1) {
      const name = random.chance(0.9) ? random.pick(Object.keys(fields)) : oddText(random).toLowerCase();
      const cells = [null, oddText(random), random.whole(-5, 2 ** 31), random.next() * 1e12, -0, 2 ** 53];
      const cell = random.chance(0.3) ? mutated(random, String(fields[name])) : random.pick(cells);
      Object.defineProperty(changed, name, { value: cell, enumerable: true, configurable: true, writable: true });
    }
    return raw(kind, changed);
  };
  const before = heapMb();
  const inputs = many(10_000, 1_000_000);
  const run = async ({ emit }: SourceContext): Promise<void> => {
    for (let sent = 0; sent < inputs; sent += 100) {
      await emit({ rows: Array.from({ length: 100 }, () => anyRow(sent)), cursor: String(sent) } satisfies Batch);
    }
  };
  const source: Source = { name: 'pbx1/table', system: 'pbx1', kind: 'table', run };
  await house.ingest.open(source);
  await house.ingest.run(source, new AbortController().signal);
  const [report] = house.ingest.reports();
  const kept = await house.store.source('pbx1/table');
  for (const { received, stored, duplicate, rejected, expired } of [report!, kept]) {
    expect(received).toBe(Math.ceil(inputs / 100) * 100);
    expect(received).toBe(stored + duplicate + rejected + expired);
    expect(rejected).toBeGreaterThan(0);
  }
  expect(heapMb() - before).toBeLessThan(growthMb);
});
