// One AMI connection from dial to end. It knows nothing of trying again (ami.ts), of bytes (relay.ts, guard.ts) or of
// the library (manager.ts).
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { RawRow } from '../../cdr/normalise.ts';
import { codeOf, messageOf } from '../../errors.ts';
import type { AmiConfig } from './config.ts';
import type { Tap } from './guard.ts';
import { Line } from './manager.ts';
import { orAborted, placeOf, Relay } from './relay.ts';

/** How long Asterisk may take to close the line after Logoff; it takes some ms. */
const logoffMs = 1000;

export interface Conversation {
  config: AmiConfig;
  /** Aborted: log off and come back. */
  signal: AbortSignal;
  /** Called for every Cdr event, also for one that comes before the login is answered. Must not throw. */
  onCdr: (fields: RawRow['fields']) => void;
  /** Takes the events of channels, where the configuration wants them. */
  tap?: Tap | undefined;
  /** Called when the login is accepted and events are switched on. */
  onUp: () => void;
  /** Then asks what it wants to know, until the line ends. */
  inquire?: ((line: Pick<Line, 'ask'>, signal: AbortSignal) => Promise<void>) | undefined;
}

/** Why it is over. `refused`: a person must act. `lost`: worth another try soon. */
export interface Ending {
  kind: 'stopped' | 'refused' | 'lost';
  /** A sentence for a person. */
  message: string;
}

/**
 * Holds one connection until it ends, and says why it did. Every event that had arrived whole has been handed to
 * `onCdr` by then; half an event at the end of a line is dropped. Throws only for a fault of our own.
 *
 *     dial ──banner──▶ login ──Success──▶ Events: cdr ──On──▶ up ──▶ ended
 *      └── the whole way within connect_seconds ────────────┘   (longer while records come)
 */
export async function converse({ config, signal, onCdr, onUp, inquire, tap }: Conversation): Promise<Ending> {
  const life = new AbortController();
  const end = (kind: Ending['kind'], message: string) => life.abort({ kind, message } satisfies Ending);
  let isTelling = false;
  const hear: Conversation['onCdr'] = (fields) => {
    isTelling = true;
    onCdr(fields);
  };
  const relay = new Relay(config, (message) => end('lost', message), { onCdr: hear, tap });
  const line = new Line(config);
  const deadline = setTimeout(() => {
    // Nobody hears records before he is logged in: the answer is on its way among them, and a new line would lose those under way.
    if (isTelling) deadline.refresh();
    else end('lost', `${placeOf(config)} ${relay.overdue} within ${config.connect_seconds} s`);
    isTelling = false;
  }, config.connect_seconds * 1000);
  let logoff: NodeJS.Timeout | undefined;
  const leave = () => {
    const isAsked = line.logOff();
    logoff = setTimeout(() => end('stopped', 'not logged off'), isAsked ? logoffMs : 0);
  };
  signal.addEventListener('abort', leave, { once: true, signal: life.signal });
  if (signal.aborted) leave();
  try {
    await relay.dial(life.signal);
    await orAborted(line.open(await relay.listen()), life.signal);
    await orAborted(line.logIn(), life.signal);
    clearTimeout(deadline);
    if (line.refusal === undefined) {
      onUp();
      // What is not known when the line ends is asked again on the next one.
      inquire?.(line, life.signal).catch(() => undefined);
      end('lost', await untilSilent(line, relay, config, life.signal));
    }
  } catch (error) {
    if (!life.signal.aborted && codeOf(error) === undefined) throw error;
    end('lost', messageOf(error));
  } finally {
    clearTimeout(deadline);
    clearTimeout(logoff);
    life.abort();
    await relay.close();
    await line.close();
  }
  if (signal.aborted) return { kind: 'stopped', message: 'stopped' };
  // Asterisk closes the line behind a refusal: the end of the line is often seen before the answer is read.
  return line.refusal ?? (life.signal.reason as Ending);
}

/**
 * Resolves with the reason when the peer has been mute for too long, at most 1.75 × ping_seconds after its last sign
 * of life. Events count as life: on a saturated PBX the answer to a ping queues behind them.
 */
async function untilSilent(line: Line, relay: Relay, config: AmiConfig, signal: AbortSignal): Promise<string> {
  const pingMs = config.ping_seconds * 1000;
  for (;;) {
    line.ping();
    await wait(pingMs * 0.75, undefined, { signal });
    // After a stall of our own this timer comes before the bytes that waited: let them be read first.
    await nextTurn(undefined, { signal });
    if (line.isPinging && relay.quietMs >= pingMs / 2) {
      return `${placeOf(config)} is mute: no answer to a ping within ${config.ping_seconds} s`;
    }
    await wait(pingMs * 0.25, undefined, { signal });
  }
}
