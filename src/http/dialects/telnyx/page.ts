// Which page of the list a request asks for: page and per_page, or page[number] and page[size], as some of the vendor's clients say it.
import { ClientError } from '../../../errors.ts';
import type { Fault } from '../../problem.ts';
import { found } from '../../validate.ts';
import type { TelnyxConfig } from './config.ts';

export interface Page {
  /** From 1. */
  number: number;
  size: number;
}

const usualSize = 100;
const sizeMax = 1000;
const numberMax = 1_000_000;

/** @throws ClientError 400 */
export function pageOf(query: Record<string, unknown>, { per_page: bounds }: TelnyxConfig): Page {
  const faults: Fault[] = [];
  const read = (names: readonly [string, string], usual: number, most: number, isClamped: boolean): number => {
    const name = names.find((one) => query[one] !== undefined);
    const text = name === undefined ? String(usual) : query[name];
    const value = typeof text === 'string' && /^-?\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= 1 && value <= most) return value;
    if (isClamped && !Number.isNaN(value)) return Math.max(1, Math.min(most, value));
    const message = `${found(text)} is not a whole number from 1 to ${most}`;
    faults.push({ field: name!, message });
    return usual;
  };
  const page = {
    number: read(['page', 'page[number]'], 1, numberMax, false),
    size: read(['per_page', 'page[size]'], usualSize, sizeMax, bounds === 'clamp'),
  };
  if (faults.length > 0)
    throw new ClientError(400, faults.map(({ field, message }) => `${field}: ${message}`).join('; '), faults);
  return page;
}
