// Two daemons on one store of a MariaDB: neither takes the systems of the other for ones that nobody has configured.
import { expect, inject, it, onTestFinished } from 'vitest';
import { straysBeside } from '../../src/completeness/strays.ts';
import { claimSystems } from '../../src/store/claim.ts';
import { openStore } from '../../src/store/store.ts';
import { query } from '../services/mariadb.ts';
import { someCdr } from '../support/rows.ts';
import { appendTo, silent } from '../support/store.ts';

const { rootUrl } = inject('mariadb');

it('a system that another daemon has is none that is not configured, as long as it has it', async () => {
  const database = `cdrd_strays_${process.pid}`;
  await query(rootUrl, `CREATE DATABASE ${database}`);
  const url = new URL(database, rootUrl).href;
  const store = await openStore({ url }, silent);
  onTestFinished(() => store.close());
  for (const system of ['pbx1', 'pbx2', 'old']) await appendTo(store, `${system}/ami`, [someCdr(1, { system })]);
  const old = { system: 'old', records: 1, isMore: false };
  const claim = await claimSystems(url, ['pbx2'], silent);
  onTestFinished(() => claim.close());
  expect(await straysBeside(store, ['pbx1'])).toEqual([old]);
  await claim.close();
  expect(await straysBeside(store, ['pbx1'])).toEqual([old, { ...old, system: 'pbx2' }]);
});
