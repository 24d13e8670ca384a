// Brings all services up, plays every situation and a small load, prints what came out and how long each step took.
// `node test/services/try.ts [CALLS PER_SECOND]`: for engineers, not for the test suites.
import { connectAmi } from './ami.ts';
import { startAsterisk } from './asterisk.ts';
import { playAll, playLoad, situations } from './calls.ts';
import { openChroots, servicesObstacle } from './chroot.ts';
import { query, startMariaDb } from './mariadb.ts';

const [calls = 200, perSecond = 100] = process.argv.slice(2).map(Number);

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  process.stdout.write(`${name.padEnd(40)} ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s\n`);
  return result;
}

const obstacle = servicesObstacle();
if (obstacle !== null) {
  process.stderr.write(`${obstacle}\n`);
  process.exit(1);
}

await step('chroots', openChroots);
const store = await step('store database', () => startMariaDb('mariadb'));
const pbx = await step('asterisk, its database and its phones', () => startAsterisk());
try {
  let events = 0;
  const ami = await connectAmi(pbx.ami, (event) => {
    if (event.get('Event') === 'Cdr') events++;
  });
  const storeUrl = await store.createDatabase('store');
  const [row] = await query(storeUrl, 'SELECT VERSION() AS version');
  process.stdout.write(`store is MariaDB ${row?.version}\n`);

  await step(`${situations.length} situations together`, () => playAll(pbx));
  process.stdout.write(`${await count('SELECT COUNT(*) AS n FROM cdr')} rows, ${events} Cdr events\n`);
  for (const { disposition, n } of await query(
    pbx.tableUrl,
    'SELECT disposition, COUNT(*) AS n FROM cdr GROUP BY disposition ORDER BY disposition',
  )) {
    process.stdout.write(`  ${String(n).padStart(4)} ${disposition}\n`);
  }
  const load = await step(`${calls} short calls, ${perSecond} a second`, () => playLoad(pbx, calls, perSecond));
  process.stdout.write(`${await count('SELECT COUNT(*) AS n FROM cdr')} rows, ${events} Cdr events\n`);
  process.stdout.write(`placed in ${load.placingSeconds.toFixed(1)} s, written in ${load.totalSeconds.toFixed(1)} s\n`);
  ami.close();
  await step('restart of asterisk', () => pbx.restart());
} finally {
  await step('shutdown', async () => {
    await pbx.stop();
    await store.stop();
  });
}

async function count(sql: string): Promise<number> {
  const [row] = await query(pbx.tableUrl, sql);
  return Number(row?.n);
}
