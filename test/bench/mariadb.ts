// A MariaDB for one part: the real server of the tests in its chroot, or the one whose root URL CDRD_BENCH_MARIADB names.
import { randomUUID } from 'node:crypto';
import { Unavailable } from '../../src/errors.ts';
import { servicesObstacle } from '../services/chroot.ts';
import { query, startMariaDb } from '../services/mariadb.ts';

export interface BenchMariaDb {
  /** The URL of a new, empty database. */
  fresh(): Promise<string>;
  end(): Promise<void>;
}

/** @throws Unavailable where there is none to be had */
export async function openMariaDb(): Promise<BenchMariaDb> {
  const given = process.env['CDRD_BENCH_MARIADB'];
  const obstacle = given === undefined ? servicesObstacle() : null;
  if (obstacle !== null) {
    throw new Unavailable(
      `no MariaDB: ${obstacle}. Name one in CDRD_BENCH_MARIADB (mysql://root:…), or the parts that need none`,
    );
  }
  const server = given === undefined ? await startMariaDb() : null;
  const rootUrl = given ?? server!.rootUrl;
  const made: string[] = [];
  return {
    fresh: async () => {
      const name = `cdrd_bench_${randomUUID().replaceAll('-', '')}`;
      await query(rootUrl, 'CREATE DATABASE ?? CHARACTER SET utf8mb4', [name] as string[]);
      made.push(name);
      return new URL(name, rootUrl.endsWith('/') ? rootUrl : `${rootUrl}/`).href;
    },
    end: async () => {
      for (const name of made) await query(rootUrl, 'DROP DATABASE IF EXISTS ??', [name]);
      await server?.stop();
    },
  };
}
