// A peer in a process of its own, so that a test can stop it with SIGSTOP: the kernel keeps its sockets open.
import { Peer } from './peer.ts';

const peer = await Peer.start();
process.send?.(peer.port);
process.on('disconnect', () => process.exit());
