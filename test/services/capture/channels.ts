// Plays scenarios on the real Asterisk and writes the events that it raised of their channels and records, as they came, into
// test/fixtures/channels: `node src/cdrd.cjs --exec test/services/capture/channels.ts NAME …`. Needs root, as the services do.
import { createConnection } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { channelEvents } from '../../../src/live/event.ts';
import { servicesObstacle } from '../chroot.ts';
import { play } from './play.ts';
import { scenarios } from './scenarios/index.ts';
import { openTown } from './town.ts';
import type { Town } from './town.ts';

const RUN_LIMIT_MS = 20 * 60_000;
const FIXTURES = join(import.meta.dirname, '../../fixtures/channels');
const kept = new Set<string>([...channelEvents, 'cdr']);

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !scenarios.some((scenario) => scenario.name === name));
const obstacle = unknown.length > 0 ? `no scenario is called ${unknown.join(', ')}` : servicesObstacle();
if (obstacle !== null || asked.length === 0) {
  process.stderr.write(`${obstacle ?? 'name the scenarios to play'}\n`);
  process.exit(1);
}
setTimeout(() => process.exit(1), RUN_LIMIT_MS).unref();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const town = await openTown('yes');
try {
  const heard = listen(town);
  mkdirSync(FIXTURES, { recursive: true });
  for (const scenario of scenarios.filter(({ name }) => asked.includes(name))) {
    heard.text = '';
    await play(town, scenario);
    writeFileSync(join(FIXTURES, `${scenario.name}.txt`), filtered(heard.text));
    process.stdout.write(`${scenario.name}\n`);
  }
} finally {
  await town.stop();
}

function listen({ access }: Town): { text: string } {
  const heard = { text: '' };
  const socket = createConnection(access.port, access.host).setEncoding('utf8').unref();
  socket.on('data', (text: string) => (heard.text += text));
  const { username, secret } = access;
  socket.write(`Action: Login\r\nUsername: ${username}\r\nSecret: ${secret}\r\n\r\n`);
  socket.write('Action: Events\r\nEventMask: cdr,call\r\n\r\n');
  return heard;
}

/** Whole events of the kinds that are read; names of people are those of the scenarios. */
function filtered(text: string): string {
  const events = text
    .split('\r\n\r\n')
    .filter((event) => kept.has(/^Event: (\w+)/.exec(event)?.[1]?.toLowerCase() ?? ''));
  return events.map((event) => `${event}\r\n\r\n`).join('');
}
