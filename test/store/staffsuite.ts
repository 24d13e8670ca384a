// Extensions that come with records, on any database: one row each, with the first record that names it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newBatch, openStore, type Store } from '../../src/store/store.ts';
import { derive, someCdr } from '../support/rows.ts';
import { ann, appendTo, everything, silent } from '../support/store.ts';

/** `freshUrl` gives the URL of an empty database. */
export function staffSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`extensions that come with records, on ${name}`, () => {
    let url: string;
    let store: Store;

    beforeEach(async () => {
      url = await freshUrl();
      store = await openStore({ url }, silent);
    });
    afterEach(() => store.close());

    const listed = async (from = store) =>
      (await from.extensions(null, 0, 100)).map(({ id, company, number, name: called }) => [
        id,
        company,
        number,
        called,
      ]);
    const both = [
      [1, 'acme', '101', null],
      [2, 'acme', '102', null],
    ];

    it('are there once, whichever records, batches and daemons name them', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1), someCdr(2)]);
      expect(await listed()).toEqual(both);
      await appendTo(store, 'pbx1/ami', [someCdr(3)]);
      const second = await openStore({ url }, silent);
      await appendTo(second, 'pbx1/ami', [someCdr(4), someCdr(5, { dst: '103' })]);
      await second.close();
      expect(await listed()).toEqual([...both, [3, 'acme', '103', null]]);
    });

    it('are one with and without spaces around them, which MariaDB does not tell apart', async () => {
      const derived = (extension: string) => ({
        ...derive(someCdr(1)),
        extension,
        peerExtension: null,
        direction: null,
      });
      await appendTo(store, 'pbx1/ami', [someCdr(1)], { derive: () => ({ ...derived('101 '), target: 'acme' }) });
      await appendTo(store, 'pbx1/ami', [someCdr(2)], { derive: () => ({ ...derived('101'), target: 'acme' }) });
      expect(await listed()).toEqual([both[0]]);
    });

    it('keep the name people gave them, and never are numbers of outside parties', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      await store.nameExtension(2, 'Front desk', ann, 7);
      const outside = { dst: '+441632960111', dstchannel: 'PJSIP/trunk-00000009' };
      await appendTo(store, 'pbx1/ami', [someCdr(2), someCdr(3, outside)]);
      expect(await listed()).toEqual([both[0], [2, 'acme', '102', 'Front desk']]);
    });

    it('become people’s own by being added, named or imported; then rules know them', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1), someCdr(2, { dst: '103' })]);
      const states = async () =>
        (await store.extensions(null, 0, 9)).map(({ number, listed: is }) => `${number} ${is}`);
      expect(await states()).toEqual(['101 false', '102 false', '103 false']);
      const given = { company: 'ACME', number: '101', name: null };
      expect(await store.addExtension(given, ann, 7)).toEqual({ ...given, id: 1, company: 'acme', listed: true });
      await expect(store.addExtension(given, ann, 8)).rejects.toThrow('there is an extension 101 of acme already');
      expect(await store.nameExtension(2, null, ann, 8)).toMatchObject({ listed: true });
      const lines = [{ line: 2, company: 'acme', number: '103' }];
      expect(await store.importExtensions(lines, { by: ann, now: 9, isDryRun: false })).toMatchObject({ changed: 1 });
      expect(await states()).toEqual(['101 true', '102 true', '103 true']);
      const [added] = (await store.listAudit({ after: 0, limit: 9 })).filter(({ action }) => action.endsWith('.added'));
      expect(added).toMatchObject({ action: 'extension.added', object: 'extension 101', detail: { id: 1 } });
      const bare = { accountcode: '', channel: 'PJSIP/101-00000009', dstchannel: '', dst: '*97' };
      await appendTo(store, 'pbx1/ami', [someCdr(3, bare)]);
      expect((await store.list(everything)).at(-1)!.company).toBe('acme');
    });

    it('and so does a company that only records have named', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      expect(await store.companies(null, 0, 9)).toEqual([{ id: 1, handle: 'acme', name: null, listed: false }]);
      const acme = { id: 1, handle: 'acme', name: 'Acme Ltd', listed: true };
      expect(await store.addCompany({ handle: 'ACME', name: 'Acme Ltd' }, ann, 7)).toEqual(acme);
      expect(await store.companies(null, 0, 9)).toEqual([acme]);
      await expect(store.addCompany({ handle: 'acme', name: null }, ann, 8)).rejects.toThrow('there is a company acme');
    });

    it('come back with their next record when they were removed', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      await store.removeExtension(1, ann, 7);
      expect(await listed()).toEqual([both[1]]);
      await appendTo(store, 'pbx1/ami', [someCdr(2)]);
      expect(await listed()).toEqual([both[1], [3, 'acme', '101', null]]);
    });

    it('are not remembered from a batch that was only tried', async () => {
      const { id: sourceId } = await store.source('pbx1/ami');
      const rest = { sourceId, sourceName: 'pbx1/ami', repeats: 'again' as const, lost: 0, now: 7, within: null };
      await store.trial({ ...rest, rows: [someCdr(1)], cursor: undefined, derive });
      expect(await listed()).toEqual([]);
      await store.append({ ...rest, rows: [someCdr(1)], cursor: undefined, derive }, newBatch());
      expect(await listed()).toEqual(both);
    });
  });
}
