// One daemon for each system of a store on a real MariaDB, also when connections die.
import { expect, inject, it, onTestFinished } from 'vitest';
import { Unavailable } from '../../src/errors.ts';
import { claimSystems, type Claim } from '../../src/store/claim.ts';
import { query } from '../services/mariadb.ts';
import { silent } from '../support/store.ts';
import { until } from '../support/until.ts';

const { rootUrl } = inject('mariadb');

async function freshUrl(name: string): Promise<string> {
  const database = `cdrd_claim_${process.pid}_${name}`;
  await query(rootUrl, `CREATE DATABASE ${database}`);
  return new URL(database, rootUrl).href;
}
async function claim(url: string, ...systems: string[]): Promise<Claim> {
  const held = await claimSystems(url, systems, silent);
  onTestFinished(() => held.close());
  return held;
}
const holderOf = async (url: string): Promise<number | null> => {
  const name = "CONCAT('cdrd ', LEFT(SHA2(CONCAT(DATABASE(), '/', 'pbx1'), 256), 40))";
  const [row] = await query(url, `SELECT IS_USED_LOCK(${name}) AS holder`);
  return row!['holder'] as number | null;
};

it('a system has one daemon, others and those of other stores have theirs, and it is free when that one closes', async () => {
  const [url, other] = [await freshUrl('one'), await freshUrl('two')];
  const first = await claim(url, 'pbx1', 'pbx2');
  await claim(url, 'pbx3');
  await claim(other, 'pbx1');
  await claim('sqlite:nowhere.db', 'pbx1');
  await expect(claim(url, 'pbx4', 'pbx2')).rejects.toThrow(
    new Unavailable(`another cdrd has the system pbx2 of the store ${url.replace(/:[^:@]*@/, ':***@')}`),
  );
  await first.close();
  await claim(url, 'pbx4', 'pbx2');
});

it('a holder whose connection is killed holds on with another one', async () => {
  const url = await freshUrl('killed');
  const first = await claim(url, 'pbx1');
  const lost = expect(Promise.race([first.lost, Promise.resolve('held')])).resolves.toBe('held');
  const before = (await holderOf(url))!;
  await query(url, `KILL ${before}`);
  await until(async () => ![null, before].includes(await holderOf(url)), 'the next connection', 20_000);
  await lost;
});

it('one that waited takes a system whose holder lost its line, and that holder learns of it', async () => {
  const url = await freshUrl('taken');
  const first = await claim(url, 'pbx1');
  const told = expect(first.lost).rejects.toThrow('another cdrd has the system pbx1 of the store ');
  const before = (await holderOf(url))!;
  const second = claim(url, 'pbx1');
  await until(
    async () =>
      (await query(url, 'SELECT 1 FROM information_schema.processlist WHERE STATE = ?', ['User lock'])).length > 0,
    'one that waits',
  );
  await query(url, `KILL ${before}`);
  await second;
  await told;
});
