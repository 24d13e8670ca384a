// Rates in any store: kept, walled, audited; each prefix of a company once.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../src/store/store.ts';
import { ann, silent } from '../support/store.ts';

/** `freshUrl` gives the URL of an empty database. */
export function rateSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`rates on ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await openStore({ url: await freshUrl() }, silent);
      for (const handle of ['acme', 'beta']) await store.addCompany({ handle, name: null }, ann, 1);
    });
    afterEach(() => store.close());

    const rate = { company: null, prefix: '44', destination: 'Britain', price: 1200, increment: 6, active: true };

    it('are added, changed, listed behind the wall and removed, each with an entry in the audit', async () => {
      expect(await store.addRate(rate, ann, 2)).toEqual({ id: 1, ...rate, created: 2, updated: 2 });
      await store.addRate({ ...rate, company: 'ACME' }, ann, 2);
      await store.addRate({ ...rate, company: 'beta', active: false }, ann, 2);
      const owners = async (within: string[] | null) => (await store.rates(within)).map(({ company }) => company);
      expect([await owners(null), await owners(['acme']), await owners([])]).toEqual([
        [null, 'acme', 'beta'],
        [null, 'acme'],
        [null],
      ]);
      const changed = { ...rate, company: 'acme', prefix: '4420', active: false };
      expect(await store.changeRate(2, changed, ann, 3)).toEqual({ id: 2, ...changed, created: 2, updated: 3 });
      expect(await store.changeRate(9, rate, ann, 3)).toBeUndefined();
      expect([await store.removeRate(2, ann, 4), await store.removeRate(2, ann, 4)]).toEqual([true, false]);
      const audit = await store.listAudit({ after: 0, limit: 20 });
      const told = audit
        .filter(({ action }) => action.startsWith('rate.'))
        .map(({ action, object }) => `${action} ${object}`);
      expect(told).toEqual([
        ...['rate.added rate 44', 'rate.added rate 44', 'rate.added rate 44'],
        ...['rate.changed rate 4420', 'rate.removed rate 4420'],
      ]);
    });

    it('are refused for a company nobody knows and for a prefix that has one; a company that has some stays', async () => {
      await store.addRate(rate, ann, 2);
      await expect(store.addRate(rate, ann, 2)).rejects.toThrow(
        'prefix: there is a rate for 44 already, it has the id 1',
      );
      await expect(store.addRate({ ...rate, company: 'x' }, ann, 2)).rejects.toThrow('company: there is no company x');
      await store.addRate({ ...rate, company: 'acme' }, ann, 2);
      const [acme] = await store.companies(null, 0, 1);
      await expect(store.removeCompany(acme!.id, ann, 2)).rejects.toThrow('rates belong to the company acme');
    });
  });
}
