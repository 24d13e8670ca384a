// Starts the PBX of the scenarios and the town around it: two Asterisks of one chroot, each with settings of its own.
// Their files are in both/, pbx/ and town/; the PBX writes its records into a file, so no database is needed.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { connectAmi } from '../ami.ts';
import type { Ami, AmiAccess } from '../ami.ts';
import { openChroot } from '../chroot.ts';
import { Daemon } from '../daemon.ts';
import { Run } from '../runs.ts';
import { freeTcpPort, freeUdpPort } from '../wait.ts';
import { fillSettings } from '../asterisk.ts';

/** The word of cdr.conf: whether a call that nobody answered leaves a record. */
export type Unanswered = 'yes' | 'no';

export interface Town {
  unanswered: Unanswered;
  /** As Asterisk says it, `22.10.1`. */
  version: string;
  pbx: Ami;
  town: Ami;
  /** For a line to the PBX of one's own. */
  access: AmiAccess;
  /** Where the PBX hears SIP, on 127.0.0.1. */
  sipPort: number;
  /** On the host: the file that the PBX writes a line into for every record. */
  records: string;
  /** On the host: the dialplan of the town, which a scenario replaces. */
  dialplan: string;
  /** Ends both and removes their data. */
  stop: () => Promise<void>;
}

interface Ports {
  sipPort: number;
  townPort: number;
}

export async function openTown(unanswered: Unanswered): Promise<Town> {
  const root = await openChroot('pbx');
  const ports = { sipPort: await freeUdpPort(), townPort: await freeUdpPort() };
  const closers: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.toReversed()) await close();
  };
  try {
    const start = async (role: 'pbx' | 'town'): Promise<{ ami: Ami; access: AmiAccess; run: Run }> => {
      const run = new Run(root, `capture-${role}`).open();
      closers.push(async () => run.close());
      return { run, ...(await startOne(run, role, unanswered, ports, closers)) };
    };
    const pbx = await start('pbx');
    const town = await start('town');
    const version = /Asterisk ([\d.]+\d)/.exec(await pbx.ami.command('core show version'))?.[1] ?? 'unknown';
    return {
      unanswered,
      version,
      pbx: pbx.ami,
      town: town.ami,
      access: pbx.access,
      sipPort: ports.sipPort,
      records: join(pbx.run.folder, 'var/log/cdr-custom/all.csv'),
      dialplan: join(town.run.folder, 'etc/extensions.conf'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startOne(
  run: Run,
  role: 'pbx' | 'town',
  unanswered: Unanswered,
  { sipPort, townPort }: Ports,
  closers: (() => Promise<void>)[],
): Promise<{ ami: Ami; access: AmiAccess }> {
  const access: AmiAccess = {
    host: '127.0.0.1',
    port: await freeTcpPort(),
    username: 'player',
    secret: randomBytes(16).toString('hex'),
  };
  for (const folder of ['etc', 'var/log/cdr-custom', 'var/spool/voicemail', 'var/moh']) {
    mkdirSync(join(run.folder, folder), { recursive: true });
  }
  const values = { run: run.inside, amiPort: access.port, secret: access.secret, unanswered, sipPort, townPort };
  for (const folder of ['both', role]) fillSettings(run, join(import.meta.dirname, folder), values);
  const daemon = new Daemon({
    run,
    name: 'asterisk',
    command: ['asterisk', '-f', '-vvv', '-C', `${run.inside}/etc/asterisk.conf`],
    isReady: async () => {
      const ami = await connectAmi(access);
      try {
        await ami.command('core waitfullybooted');
        return /\d +Running/.test(await ami.command('module show like chan_pjsip'));
      } finally {
        ami.close();
      }
    },
  });
  closers.push(() => daemon.stop());
  await daemon.start();
  const ami = await connectAmi(access);
  closers.push(async () => ami.close());
  return { ami, access };
}
