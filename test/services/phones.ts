// The two phones and the trunk of pjsip.conf, played by sipp: one side that answers every call, and callers.
// Signalling only; nobody sends sound.
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './daemon.ts';
import { runJailed } from './jail.ts';
import type { Run } from './runs.ts';
import { freeUdpPort } from './wait.ts';

const CALL_LIMIT_SECONDS = 30;
const SCENARIOS = ['caller-hangs-up.xml', 'callee-hangs-up.xml', 'caller-holds.xml'] as const;

export interface SipCall {
  /** Endpoint of pjsip.conf that calls, `acme-101` or another. */
  endpoint: string;
  /** The From header: a name in quotes and a number. */
  name: string;
  number: string;
  exten: string;
  /** After how many milliseconds of talk the caller hangs up; null leaves that to the other side. */
  talkMs: number | null;
  /** The caller holds the other side for that time, instead of talking. */
  holds?: boolean;
}

export interface Phones {
  /** Places a call and resolves when it has ended; throws when it went otherwise than asked. */
  call: (call: SipCall) => Promise<void>;
  stop: () => Promise<void>;
}

/** Starts the side that answers, on UDP port `answerPort`; calls go to `pbxPort`. Both on loopback. */
export async function startPhones(run: Run, answerPort: number, pbxPort: number): Promise<Phones> {
  for (const name of SCENARIOS) copyFileSync(join(import.meta.dirname, 'asterisk', name), join(run.folder, name));
  const answering = new Daemon({
    run,
    name: 'sipp',
    command: ['sipp', '-sn', 'uas', '-i', '127.0.0.1', '-p', String(answerPort), '-nostdin'],
    isReady: async () => isUdpPortBound(answerPort),
  });
  await answering.start();
  return {
    stop: () => answering.stop(),
    call: async ({ endpoint, name, number, exten, talkMs, holds = false }) => {
      const port = await freeUdpPort();
      const spoken = talkMs === null ? 'callee-hangs-up.xml' : 'caller-hangs-up.xml';
      const scenario = holds ? 'caller-holds.xml' : spoken;
      const options = {
        '-sf': `${run.inside}/${scenario}`,
        '-i': '127.0.0.1',
        '-p': String(port),
        // sipp makes it of its pid, which is the same in every jail.
        '-cid_str': `%u-${port}@%s`,
        '-m': '1',
        '-s': exten,
        '-d': String(talkMs ?? 0),
        '-timeout': `${CALL_LIMIT_SECONDS}s`,
      };
      const keys = Object.entries({ endpoint, name, number }).flatMap(([key, value]) => ['-key', key, value]);
      const command = ['sipp', '-nostdin', '-timeout_error', ...Object.entries(options).flat(), ...keys];
      command.push(`127.0.0.1:${pbxPort}`);
      const log = join(run.folder, `sipp-${port}.log`);
      await runJailed({ root: run.root, command, log }, (CALL_LIMIT_SECONDS + 5) * 1000);
    },
  };
}

/** Read from the kernel's table: a UDP port cannot be asked whether somebody listens. */
function isUdpPortBound(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/udp', 'utf8').includes(`0100007F:${hex} `);
}
