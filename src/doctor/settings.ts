// What the doctor and init are told of one Asterisk: its part of cdrd's configuration, as far as it is known. Only shapes.
import type { AmiConfig } from '../sources/ami/config.ts';
import type { TableConfig } from '../sources/table/config.ts';

/** A system of the configuration; of one that is not configured yet, what its files are held against. */
export interface Subject {
  /** null: nothing is configured. */
  system: string | null;
  /** The zone of the system (IANA). */
  timezone: string;
  ami?: AmiConfig | undefined;
  table?: TableConfig | undefined;
}

/** The user for cdrd where the configuration names none. */
export const usualUser = 'cdrd';
