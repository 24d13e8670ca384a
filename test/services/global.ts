// Brings up what the services project needs, once: both chroots (cached) and a MariaDB for stores. Each test starts its own Asterisk.
import type { TestProject } from 'vitest/node';
import { openChroots } from './chroot.ts';
import { startMariaDb } from './mariadb.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `rootUrl`: `mysql://` URL of a user who may do everything on a MariaDB 10.11. */
    mariadb: { rootUrl: string };
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await openChroots();
  const mariadb = await startMariaDb();
  project.provide('mariadb', { rootUrl: mariadb.rootUrl });
  return () => mariadb.stop();
}
