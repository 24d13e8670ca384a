// Who telephones in the demo: five companies on one PBX, and people outside. All invented; every number is from a
// range set aside for fiction (Ofcom 01632 960xxx, 020 7946 0xxx, 07700 900xxx; NANPA 555-01xx; BNetzA 030 23125xxx,
// 089 99998xxx).
import type { Party } from './leg.ts';

export interface Company {
  /** Lower case: account code, and prefix of endpoints and contexts. */
  handle: string;
  name: string;
  /** Shown to the outside, and called from there; E.164 with `+`. */
  did: string;
  people: Party[];
  queue: { name: string; number: string };
  menu: { name: string; number: string; context: string };
}

/** The trunk all companies share, by its PJSIP endpoint. */
export const trunk = 'trunk-telco';

export const companies: readonly Company[] = [
  company('acme', 'Acme Widgets Ltd', '+441632960100', 101, 'support', [
    'Alice Archer',
    'Bob Baker',
    'Zoë "the Boss" Müller',
    'Dev Patel',
    "Siobhán O'Brien",
    'Ifeanyi Okafor',
    'Grace Hall',
    'Warehouse',
  ]),
  company('nordlicht', 'Nordlicht Versand GmbH', '+493023125100', 101, 'bestellung', [
    'Jürgen Groß',
    'Käthe Müller',
    'Ümit Yıldız',
    'Anke Schäfer',
    'Björn Ångström',
    'Lager',
  ]),
  company('wisla', 'Wisła Logistyka', '+442079460200', 201, 'dyspozytor', [
    'Łukasz Wójcik',
    'Agnieszka Żak',
    'Grzegorz Brzęczyszczykiewicz',
    'Małgorzata Śliwińska',
    'Paweł Dąbrowski',
    'Zofia Ćwik',
    'Michał Kość',
    'Dyżur',
    'Brama 1',
    'Brama 2',
  ]),
  company('sakura', 'さくら商事', '+12125550140', 300, 'sales', [
    '田中 太郎',
    '鈴木 花子',
    'Emily Chen 陈',
    '佐藤 健',
    'Reception',
  ]),
  company('obrien', "O'Brien & Daughters; Solicitors", '+441632960700', 401, 'clerks', [
    "Máire O'Brien",
    "Niamh O'Brien",
    'Patrick "Paddy" O\'Brien',
    'Seán Ó Súilleabháin',
    'Fatima Zahra Benali',
    'Tom, Front Desk',
    'Clerk A',
    'Clerk B',
    'Clerk C',
    'Post room',
    'Library',
    'Conference',
  ]),
];

/** People outside; an empty name is one the network did not send. */
export const outsiders: readonly { number: string; name: string }[] = [
  { number: '+441632960111', name: 'Caller' },
  { number: '+441632960123', name: '' },
  { number: '+441632960987', name: 'J & M Taylor' },
  { number: '+447700900118', name: '' },
  { number: '+447700900461', name: 'Oluwaseun' },
  { number: '+442079460958', name: 'London Office' },
  { number: '+493023125777', name: 'Praxis Dr. Weiß' },
  { number: '+498999998042', name: 'Müller & Söhne' },
  { number: '+12125550117', name: 'WIRELESS CALLER' },
  { number: '+13105550199', name: "D'Angelo's Pizza" },
  { number: '+12025550143', name: '' },
  { number: 'anonymous', name: 'Anonymous' },
];

function company(handle: string, name: string, did: string, first: number, queue: string, names: string[]): Company {
  const context = `${handle}-internal`;
  const people = names.map((person, index) => {
    const number = String(first + index);
    return { endpoint: `${handle}-${number}`, number, name: person, accountcode: handle, context };
  });
  return {
    handle,
    name,
    did,
    people,
    queue: { name: `${handle}-${queue}`, number: '600' },
    menu: { name: `${handle}-welcome`, number: '500', context: `${handle}-ivr` },
  };
}
