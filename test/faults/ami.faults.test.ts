// What the line to Asterisk does to a daemon under load. The table stays; at the end everything is there once.
import { expect, it } from 'vitest';
import { captureRecords } from '../simulator/capture.ts';
import { until } from './patience.ts';
import { openScene } from './scene.ts';
import { randomFor } from './seed.ts';

/** A busy machine may answer a ping late: what comes while AMI is dialled again would be neither received nor lost. */
const unhurried = { ping_seconds: 30, connect_seconds: 60 };

it('AMI cut in the middle of events, again and again: survived', async () => {
  const scene = await openScene();
  scene.call(15);
  for (let cut = 0; cut < 10; cut += 1) {
    await scene.pbx.ami.whenListening();
    const heard = (await scene.source('ami')).received;
    await until(async () => (await scene.source('ami')).received > heard, 'an event');
    scene.pbx.ami.cutMidEvent(scene.pbx.event(captureRecords[0]!));
    await until(() => scene.pbx.ami.listening === 0, 'the line to be cut');
  }
  await scene.pbx.ami.whenListening();
  await scene.verdict();
  await until(async () => (await scene.source('ami')).state === 'up', 'AMI to be up');
  expect(await scene.source('ami')).toMatchObject({ rejected: 0, lost: 0 });
});

it('AMI half-open (packets dropped in both directions): noticed within two pings, dialled again, survived', async () => {
  const scene = await openScene();
  scene.call(15);
  await scene.more(5);
  for (let round = 0; round < 3; round += 1) {
    // Only a line that is up falls mute: one that is just being made has a deadline of its own.
    await until(async () => (await scene.source('ami')).state === 'up', 'AMI to be up');
    const { accepted } = scene.line;
    scene.line.hold(true);
    await scene.said('is mute: no answer to a ping within 0.6 s');
    await until(async () => (await scene.source('ami')).state !== 'up', 'the silence to be noticed');
    await scene.more(5);
    scene.line.hold(false);
    await until(() => scene.line.accepted > accepted && scene.pbx.ami.listening > 0, 'a new line');
  }
  await scene.verdict();
});

it('AMI peer stopped (neither reads nor writes, closes nothing): noticed, survived', async () => {
  const scene = await openScene();
  scene.call(15);
  await scene.more(5);
  scene.pbx.ami.mute(true);
  await until(async () => (await scene.source('ami')).state === 'down', 'the silence to be noticed');
  await scene.more(5);
  scene.pbx.ami.mute(false);
  await until(async () => (await scene.source('ami')).state === 'up', 'AMI to be up again');
  await scene.verdict();
});

it('AMI login refused, then allowed: said, not hammered, survived', async () => {
  const scene = await openScene();
  scene.call(15);
  await scene.more(5);
  scene.pbx.ami.refuseLogins(true);
  scene.line.reset();
  await until(async () => (await scene.source('ami')).state === 'refused', 'the refusal');
  const { accepted } = scene.line;
  const since = performance.now();
  await scene.more(15);
  // Half a second between two tries; one may be under way at either end.
  expect(scene.line.accepted - accepted).toBeLessThanOrEqual((performance.now() - since) / 500 + 2);
  scene.pbx.ami.refuseLogins(false);
  await until(async () => (await scene.source('ami')).state === 'up', 'AMI to be up again');
  await scene.verdict();
});

it('AMI reset at random moments and refused for a while: survived', async () => {
  const random = randomFor('reset');
  const scene = await openScene();
  scene.call(15);
  for (let round = 0; round < 12; round += 1) {
    if (random.chance(0.3)) {
      scene.line.refuse(true);
      await scene.more(2);
      scene.line.refuse(false);
    } else scene.line.reset();
    await scene.more(random.whole(1, 6));
  }
  await scene.verdict();
});

it('AMI that trickles a few bytes at a time: every event is heard whole', async () => {
  const scene = await openScene({ ami: unhurried });
  await scene.pbx.ami.whenListening();
  scene.line.trickle(40);
  await scene.pbx.play(captureRecords);
  await until(async () => (await scene.source('ami')).received === 40, '40 events');
  expect(await scene.source('ami')).toMatchObject({ rejected: 0, lost: 0, state: 'up' });
  await scene.verdict();
});

it('AMI whose bytes are damaged on the way: rejects are kept, the table heals, survived', async () => {
  const random = randomFor('damage');
  const scene = await openScene();
  scene.call(15);
  await scene.more(5);
  scene.line.corrupt((data) => {
    const damaged = Buffer.from(data);
    // Digits become letters: no damage makes a record that looks good and is not.
    for (let at = 0; at < damaged.length; at += 1) {
      const isDigit = damaged[at]! >= 0x30 && damaged[at]! <= 0x39;
      if (isDigit && random.chance(0.02)) damaged[at] = 0x78;
    }
    return damaged;
  });
  await until(async () => (await scene.source('ami')).rejected > 5, 'rejects');
  scene.line.corrupt(null);
  await scene.calm();
  const { received, stored, duplicate, rejected, expired } = await scene.source('ami');
  expect(received).toBe(stored + duplicate + rejected + expired);
  // A table that is just being written may be locked for one look.
  await until(async () => (await scene.source('table')).state === 'up', 'the table to be up');
  expect(await scene.source('table')).toMatchObject({ rejected: 0 });
});

it('AMI faster than the store: what the buffer cannot hold is counted as lost and healed by the table', async () => {
  const scene = await openScene({ ami: { ...unhurried, buffer_rows: 5 }, tableConfig: { poll_seconds: 1 } });
  await scene.pbx.ami.whenListening();
  const records = Array.from({ length: 6 }, (_, round) =>
    captureRecords.map((record) => ({ ...record, uniqueid: `r${round}-${record.uniqueid}` })),
  ).flat();
  await scene.pbx.play(records);
  await scene.verdict();
  const { lost, received } = await scene.source('ami');
  expect(lost).toBeGreaterThan(0);
  expect(received + lost).toBe(records.length);
});

it('AMI slower than the store (the table tells first): nothing is there twice', async () => {
  const scene = await openScene({ ami: unhurried });
  await scene.pbx.ami.whenListening();
  await scene.pbx.play(captureRecords, { only: 'table' });
  await until(async () => (await scene.source('table')).received === 40, 'the table to be read');
  await scene.pbx.play(captureRecords, { only: 'ami' });
  await until(async () => (await scene.source('ami')).duplicate === 40, 'AMI to be known');
  await scene.verdict();
});
