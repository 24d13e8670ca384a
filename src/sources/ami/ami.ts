// A source that hears each Cdr event of one Asterisk. It holds the line up for ever and hands rows on; what they mean
// is not decided here. AMI has no replay: what was missed while away comes from the table.
import { setTimeout } from 'node:timers/promises';
import type { RawRow } from '../../cdr/normalise.ts';
import { ConfigError } from '../../errors.ts';
import type { Source, SourceContext } from '../../ingest/source.ts';
import type { Ear } from '../../live/heard.ts';
import type { ChannelEvent } from '../../live/event.ts';
import type { Log } from '../../log.ts';
import { RowBuffer } from './buffer.ts';
import { converse, type Conversation, type Ending } from './client.ts';
import type { AmiConfig } from './config.ts';
import { Enricher } from './enricher.ts';
import { MappingWatch } from './mapping.ts';
import { Outage } from './outage.ts';
import { placeOf } from './relay.ts';
import { ChannelTap } from './tap.ts';

/** Rows in one commit: beyond this a bigger batch is not faster (design.md, "Speed"). */
const batchRows = 500;

export interface AmiOptions {
  /** The name of the Asterisk. */
  system: string;
  /** Its zone (IANA), for the local times in its events. */
  timezone: string;
  config: AmiConfig;
  log: Log;
  /** Called each time the line is up: what was missed can be fetched from the table now. */
  onUp?: (() => void) | undefined;
  /** Takes the events of channels when `config.events` is `calls`. */
  ear?: Ear | undefined;
  /** Between 0 and 1. */
  random?: (() => number) | undefined;
  /** In milliseconds. */
  now?: (() => number) | undefined;
  /** Waits between two connections; rejects when aborted. */
  pause?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
}

/** Throws ConfigError when the settings contradict each other; connects to nothing before `run`. */
export function openAmiSource(options: AmiOptions): Source {
  const { system, config } = options;
  if (config.tls_ca !== undefined && config.tls !== 'verify') {
    throw new ConfigError(`ami of system ${system}: tls_ca is set, but tls is "${config.tls}", expected "verify"`);
  }
  const name = `${system}/ami`;
  const log = options.log.child({ source: name });
  const { now = Date.now } = options;
  const buffer = new RowBuffer(config.buffer_rows, log, now);
  return {
    ...{ name, system, kind: 'ami' },
    run: (context) => runAmi({ ...options, log }, buffer, context),
    storedUpTo: () => (buffer.oldest ?? now()) * 1000,
  };
}

async function runAmi(options: AmiOptions, buffer: RowBuffer, context: SourceContext): Promise<void> {
  const { timezone, config, log } = options;
  const broken = new AbortController();
  const mapping = new MappingWatch(log);
  const push = (fields: RawRow['fields']) => buffer.push({ kind: 'ami', timezone, fields });
  const ear = config.events === 'calls' ? options.ear : undefined;
  const enricher = ear && new Enricher(ear.channels, push);
  const tap = ear && enricher && tapOf(options, ear, enricher, context);
  const onCdr = (fields: RawRow['fields']) => {
    mapping.see(fields);
    tap?.record();
    if (enricher) enricher.take(fields);
    else push(fields);
  };
  const inquire: Conversation['inquire'] = tap && ((line, life) => tap.bridges.recall(line, life));
  const signal = AbortSignal.any([context.signal, broken.signal]);
  const ends = await Promise.allSettled([
    stayConnected(options, context, signal, { onCdr, tap, inquire, onEnd: () => enricher?.flush() }).finally(() => {
      tap?.close();
      buffer.close();
    }),
    pump(buffer, context, log).finally(() => broken.abort()),
  ]);
  context.status({ state: 'stopped' });
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

function tapOf(
  { config: { username }, log, now = Date.now }: AmiOptions,
  ear: Ear,
  enricher: Enricher,
  context: SourceContext,
): ChannelTap {
  const onEvent = (event: ChannelEvent) => enricher.heard(event);
  return new ChannelTap({
    ear,
    log,
    username,
    now,
    onEvent,
    onMute: (detail) => {
      context.status({ state: 'up', detail });
      ear.mute(detail);
    },
  });
}

async function pump(buffer: RowBuffer, context: SourceContext, log: Log): Promise<void> {
  for (;;) {
    const batch = await buffer.take(batchRows);
    if (batch === null) return;
    try {
      await context.emit(batch);
    } catch (error) {
      if (!context.signal.aborted) throw error;
      log.warn({ rows: batch.rows.length + buffer.waiting }, 'stopped before these AMI rows were stored');
      return;
    }
  }
}

/**
 *     connecting ──▶ up ──lost──▶ down ──back-off──▶ (again)
 *          ├──lost──────────────▶ down
 *          └──refused──▶ refused ──refused_wait_seconds──▶ (again)
 *
 * The state of the last try stands until the next one has an outcome.
 */
async function stayConnected(
  { config, log, onUp, ear, random = Math.random, pause = pauseFor, now = Date.now }: AmiOptions,
  context: SourceContext,
  signal: AbortSignal,
  { onCdr, tap, inquire, onEnd }: Pick<Conversation, 'onCdr' | 'tap' | 'inquire'> & { onEnd: () => void },
): Promise<void> {
  let failures = 0;
  const outage = new Outage(log, now);
  context.status({ state: 'connecting', detail: `connecting to ${placeOf(config)}` });
  while (!signal.aborted) {
    let upAt: number | undefined;
    const ending = await converse({
      config,
      signal,
      onCdr,
      tap,
      inquire,
      onUp: () => {
        upAt = performance.now();
        context.status({ state: 'up' });
        const away = outage.over();
        const sentence = 'AMI is up; records come if the user has read = cdr and cdr_manager.conf has enabled = yes';
        log.info(away === null ? sentence : `${sentence}; it was away for ${away}`);
        if (tap) ear?.up();
        onUp?.();
      },
    });
    onEnd();
    if (tap) ear?.down();
    if (ending.kind === 'stopped') return;
    // A line that breaks right after each login must not be dialled every second.
    const wasSteady = upAt !== undefined && performance.now() - upAt >= config.ping_seconds * 1000;
    if (wasSteady || ending.kind === 'refused') failures = 0;
    const waitMs =
      ending.kind === 'refused' ? config.refused_wait_seconds * 1000 : backoffMs(failures++, config, random);
    tell(ending, waitMs);
    await pause(waitMs, signal).catch(() => undefined);
  }

  function tell(ending: Ending, waitMs: number): void {
    // Read long after it was said: a time stays true, a wait does not.
    const next = new Date(Date.now() + waitMs).toISOString().slice(11, 19);
    const detail = `${ending.message}; next try at ${next} UTC`;
    context.status({ state: ending.kind === 'refused' ? 'refused' : 'down', detail });
    outage.tell(ending, detail);
  }
}

/** Doubles from reconnect_min_seconds to reconnect_max_seconds; the upper half of it is left to chance. */
export function backoffMs(failures: number, config: AmiConfig, random: () => number): number {
  const { reconnect_min_seconds, reconnect_max_seconds } = config;
  const whole = Math.min(reconnect_max_seconds, reconnect_min_seconds * 2 ** Math.min(failures, 30)) * 1000;
  return whole * (0.5 + random() / 2);
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal });
}
