// One look at AMI as the source sees it: logs in as it does, asks for the clock and the settings, and leaves. It hears no record.
import { messageOf } from '../../errors.ts';
import type { Ending } from './client.ts';
import type { AmiConfig } from './config.ts';
import { Line } from './manager.ts';
import { orAborted, placeOf, Relay } from './relay.ts';

export interface AmiSighting {
  /** `22.10.1`; null: the user may not ask (CoreSettings needs `write = system` or `reporting`). */
  version: string | null;
  /** Whether call records are made at all; null as above. */
  isCdrOn: boolean | null;
  /** Asterisk's clock and when it was asked, all as Unix seconds; null: it does not tell. */
  clock: { now: number; asked: { from: number; to: number } } | null;
}

/** Whatever CoreStatus and CoreSettings tell that is wanted, beside Ping's time. */
const answers = new Set(['timestamp', 'asteriskversion', 'corecdrenabled', 'response']);
/** For the questions after the login. */
const questionsMs = 3000;

/** The sighting, or why there is none; never later than `connect_seconds` and three seconds. */
export async function probeAmi(config: AmiConfig): Promise<AmiSighting | Ending> {
  const life = new AbortController();
  const end = (kind: Ending['kind'], message: string) => life.abort({ kind, message } satisfies Ending);
  const relay = new Relay(config, (message) => end('lost', message), { onCdr: () => undefined, answers });
  const line = new Line(config);
  const late = () => end('lost', `${placeOf(config)} ${relay.overdue} within ${config.connect_seconds} s`);
  const deadline = setTimeout(late, config.connect_seconds * 1000);
  const last = setTimeout(late, config.connect_seconds * 1000 + questionsMs);
  try {
    await relay.dial(life.signal);
    await orAborted(line.open(await relay.listen()), life.signal);
    await orAborted(line.logIn(), life.signal);
    clearTimeout(deadline);
    if (line.refusal === undefined) return await orAborted(look(line), life.signal);
  } catch (error) {
    if (!life.signal.aborted) end('lost', messageOf(error));
  } finally {
    clearTimeout(deadline);
    clearTimeout(last);
    line.logOff();
    life.abort();
    await relay.close();
    await line.close();
  }
  // Asterisk closes the line behind a refusal: the end of the line is often seen before the answer is read.
  return line.refusal ?? (life.signal.reason as Ending);
}

async function look(line: Line): Promise<AmiSighting> {
  const from = Date.now() / 1000;
  const { timestamp } = await line.ask({ action: 'Ping' });
  const to = Date.now() / 1000;
  const now = typeof timestamp === 'string' ? Number(timestamp) : NaN;
  const settings = await line.ask({ action: 'CoreSettings' });
  const { asteriskversion: version, corecdrenabled: isOn } = settings;
  return {
    version: typeof version === 'string' ? version : null,
    isCdrOn: typeof isOn === 'string' ? isOn.toLowerCase() === 'yes' : null,
    clock: Number.isFinite(now) ? { now, asked: { from, to } } : null,
  };
}
