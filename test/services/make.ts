// Makes the chroots of the services, as their tests do when they begin. `node src/cdrd.cjs --exec test/services/make.ts`: CI does it
// beside what needs no service, for it is mostly waiting for the network.
import { openChroots } from './chroot.ts';

await openChroots();
