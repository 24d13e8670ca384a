// What no schema can say of a configuration: zones, patterns, URLs, files, names that come twice, a token too weak.
// The shapes may still be wrong here: what has the wrong type is passed over.
import { accessSync, constants } from 'node:fs';
import { isIP } from 'node:net';
import { isZone } from './cdr/time.ts';
import type { Path } from './configfile.ts';
import { rulebookOf } from './configrules.ts';
import { messageOf } from './errors.ts';
import { listenerFaults } from './http/listenerfaults.ts';
import { originFormFault } from './http/origin.ts';
import { scheduleFault } from './jobs/schedule.ts';
import { placeOf } from './sources/table/config.ts';
import { storeUrlFault } from './store/url.ts';
import { webhookFaults } from './webhooks/faults.ts';

export type Complaint = [path: Path, message: string];
type Loose = Record<string, unknown>;

export function complaintsOf(value: unknown, environment: NodeJS.ProcessEnv): Complaint[] {
  return [
    ...storeComplaints(value),
    ...systemComplaints(value),
    ...rulebookOf(value ?? {}).complaints,
    ...listenerComplaints(value),
    ...dialectComplaints(value),
    ...corsComplaints(value),
    ...proxyComplaints(value),
    ...jobComplaints(value),
    ...retentionComplaints(value),
    ...reconcileComplaints(value),
    ...webhookFaults(sectionsOf(value, 'webhooks')),
    ...tokenComplaints(environment['CDRD_ADMIN_TOKEN']),
  ];
}

/** RFC 6750 says what a bearer token may consist of; a short one can be guessed. */
function tokenComplaints(token: string | undefined): Complaint[] {
  const isGood = !token || /^[A-Za-z0-9._~+/=-]{16,512}$/.test(token);
  return isGood ? [] : [[[], 'CDRD_ADMIN_TOKEN: expected 16 to 512 letters, digits or . _ ~ + / = - (not shown)']];
}

function systemComplaints(value: unknown): Complaint[] {
  const names = new Set<unknown>();
  return sectionsOf(value, 'systems').flatMap((system, index): Complaint[] => {
    const complaints: Complaint[] = [];
    const complain = (key: Path, message: string) => complaints.push([['systems', index, ...key], message]);
    const { name, timezone, ami, table } = system;
    if (name !== undefined && names.has(name))
      complain(['name'], `${JSON.stringify(name)} names a second system, expected a name of its own`);
    names.add(name);
    if (typeof timezone === 'string' && !isZone(timezone)) complain(['timezone'], notAZone(timezone));
    const { timezone: tableZone, url } = (table ?? {}) as Loose;
    if (typeof tableZone === 'string' && !isZone(tableZone)) complain(['table', 'timezone'], notAZone(tableZone));
    const { tls, tls_ca: authority } = (ami ?? {}) as Loose;
    if (typeof authority === 'string' && tls === 'verify' && !isReadable(authority)) {
      complain(['ami', 'tls_ca'], `found "${authority}", expected a PEM file that can be read`);
    }
    try {
      if (typeof url === 'string') placeOf(url);
    } catch (error) {
      complain(['table', 'url'], messageOf(error).replace(/^table\.url:? /, ''));
    }
    return complaints;
  });
}

/** A company has one policy, and who removes records first anonymises nothing. */
function retentionComplaints(value: unknown): Complaint[] {
  const usual = ((value as Loose | null)?.['retention'] ?? {}) as Loose;
  const own: [Path, Loose][] = sectionsOf(usual, 'companies').map((policy, at) => [
    ['retention', 'companies', at],
    policy,
  ]);
  const names = new Set<string>();
  const twice = own.flatMap(([path, { company }]): Complaint[] => {
    if (typeof company !== 'string') return [];
    const key = company.toLowerCase();
    if (!names.has(key)) return names.add(key) && [];
    return [
      [[...path, 'company'], `${JSON.stringify(company)} has a policy above already, expected one for each company`],
    ];
  });
  const all: [Path, Loose][] = [[['retention'], usual], ...own];
  const late = all.flatMap(([path, policy]): Complaint[] => {
    const removed = policy['retention_days'] ?? usual['retention_days'];
    const anonymised = policy['anonymise_days'] ?? usual['anonymise_days'];
    if (typeof removed !== 'number' || typeof anonymised !== 'number' || anonymised < removed) return [];
    const key = policy['anonymise_days'] === undefined ? 'retention_days' : 'anonymise_days';
    return [
      [
        [...path, key],
        `records are removed after ${removed} days, so they are never ${anonymised} days old: expected fewer days to anonymise them, or off`,
      ],
    ];
  });
  return [...twice, ...late];
}

function storeComplaints(value: unknown): Complaint[] {
  const { url } = ((value as Loose | null)?.['store'] ?? {}) as Loose;
  const fault = typeof url === 'string' && url !== '' ? storeUrlFault(url) : null;
  return fault === null ? [] : [[['store', 'url'], fault]];
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function listenerComplaints(value: unknown): Complaint[] {
  return listenerFaults(sectionsOf(value, 'listeners')).map(([entry, path, message]) => [
    ['listeners', entry, ...path],
    message,
  ]);
}

function dialectComplaints(value: unknown): Complaint[] {
  const { dialects } = (value ?? {}) as { dialects?: { laracopilot?: Loose } };
  const { timezone } = dialects?.laracopilot ?? {};
  const isGood = typeof timezone !== 'string' || isZone(timezone);
  return isGood ? [] : [[['dialects', 'laracopilot', 'timezone'], notAZone(timezone)]];
}

function corsComplaints(value: unknown): Complaint[] {
  return sectionsOf(value, 'listeners').flatMap(({ cors }, index): Complaint[] => {
    const { origins, credentials } = (cors ?? {}) as { origins?: unknown; credentials?: unknown };
    const list = Array.isArray(origins) ? (origins as unknown[]) : [];
    const at: Path = ['listeners', index, 'cors'];
    const isAny = list.includes('*');
    const faults = list.flatMap((origin, place): Complaint[] => {
      const fault = typeof origin === 'string' ? originFormFault(origin) : null;
      return fault === null ? [] : [[[...at, 'origins', place], fault]];
    });
    if (isAny && list.length > 1) faults.push([[...at, 'origins'], 'found "*" beside others, expected "*" alone']);
    if (isAny && credentials === 'allow') {
      const why = 'any page in the world could act with the cookie of whoever is logged in';
      faults.push([[...at, 'credentials'], `found "allow" with the origin "*", expected deny: ${why}`]);
    }
    return faults;
  });
}

function proxyComplaints(value: unknown): Complaint[] {
  const { auth } = (value ?? {}) as { auth?: { trusted_proxies?: unknown } };
  const list = Array.isArray(auth?.trusted_proxies) ? (auth.trusted_proxies as unknown[]) : [];
  return list.flatMap((proxy, index): Complaint[] =>
    typeof proxy !== 'string' || isNetwork(proxy)
      ? []
      : [[['auth', 'trusted_proxies', index], `found "${proxy}", expected an address or a network like 10.0.0.0/8`]],
  );
}

function reconcileComplaints(value: unknown): Complaint[] {
  return sectionsOf(value, 'systems').flatMap(({ table }, index): Complaint[] => {
    const { cron } = ((table ?? {}) as { reconcile?: Loose }).reconcile ?? {};
    const fault = typeof cron === 'string' ? scheduleFault(cron) : null;
    return fault === null ? [] : [[['systems', index, 'table', 'reconcile', 'cron'], fault]];
  });
}

function jobComplaints(value: unknown): Complaint[] {
  const { jobs } = (value ?? {}) as { jobs?: Loose };
  return Object.entries(jobs ?? {}).flatMap(([key, given]): Complaint[] => {
    if (typeof given !== 'string') return [];
    const fault = key === 'timezone' ? (isZone(given) ? null : notAZone(given)) : scheduleFault(given);
    return fault === null ? [] : [[['jobs', key], fault]];
  });
}

function isNetwork(text: string): boolean {
  const [address, bits, ...rest] = text.split('/');
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address!)]!;
  const isWhole = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most);
  return most > 0 && isWhole && rest.length === 0;
}

function sectionsOf(value: unknown, key: string): Loose[] {
  const list = (value as Loose | null)?.[key];
  const isSection = (item: unknown): item is Loose => typeof item === 'object' && item !== null;
  return Array.isArray(list) ? list.map((item: unknown) => (isSection(item) ? item : {})) : [];
}

const notAZone = (zone: string) => `found "${zone}", expected a zone like Europe/London or UTC`;
