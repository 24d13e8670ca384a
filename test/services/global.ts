// Brings up what the services project needs, once: both chroots (cached) and a MariaDB for stores. Each test starts its own Asterisk.
import { freemem } from 'node:os';
import type { TestProject } from 'vitest/node';
import { openChroots } from './chroot.ts';
import { startMariaDb } from './mariadb.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `rootUrl`: `mysql://` URL of a user who may do everything on a MariaDB 10.11. */
    mariadb: { rootUrl: string };
  }
}

/** Some 600 databases, which are made thrice as fast where nothing waits for a disk. What a disk may do to a store is for the faults to show. */
const memoryMb = 6000;

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await openChroots();
  const isInMemory = project.name === 'services' && freemem() > 2 * memoryMb * 2 ** 20;
  const mariadb = await startMariaDb('mariadb', isInMemory ? memoryMb : undefined);
  project.provide('mariadb', { rootUrl: mariadb.rootUrl });
  return () => mariadb.stop();
}
