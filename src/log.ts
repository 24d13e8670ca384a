// The one logger. JSON lines; secrets, bodies and SQL never reach it.
import { pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { Type, type Static } from 'typebox';
import { codeOf, messageOf } from './errors.ts';

export type Log = Logger;

export const LogConfig = Type.Object(
  {
    level: Type.Union(
      [
        Type.Literal('trace'),
        Type.Literal('debug'),
        Type.Literal('info'),
        Type.Literal('warn'),
        Type.Literal('error'),
        Type.Literal('fatal'),
      ],
      { default: 'info', description: 'least serious lines that are written: trace, debug, info, warn, error, fatal' },
    ),
    format: Type.Union([Type.Literal('auto'), Type.Literal('json'), Type.Literal('text')], {
      default: 'auto',
      description: 'json: one object a line. text: for eyes. auto: text on a terminal, else json',
    }),
  },
  { additionalProperties: false, default: {} },
);

/**
 * Errors are logged by name, code, message and stack: database errors carry the whole SQL with values in other fields.
 * `to` is a terminal or a pipe; tests give a stream of their own.
 */
export function openLog(config: Static<typeof LogConfig>, to: DestinationStream & { isTTY?: boolean }): Log {
  const isText = config.format === 'text' || (config.format === 'auto' && to.isTTY === true);
  const destination: DestinationStream = isText
    ? pretty({
        destination: to,
        colorize: to.isTTY === true,
        ignore: 'pid',
        singleLine: true,
        translateTime: 'SYS:HH:MM:ss',
      })
    : to;
  return pino(
    {
      level: config.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describe },
    },
    destination,
  );
}

function describe(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const places = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8);
  return { type: error.name, code: codeOf(error), message: messageOf(error), stack: places.join('\n') };
}
