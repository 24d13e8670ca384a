// Which extensions, trunks and DIDs an Asterisk has, by its own files: pjsip.conf, sip.conf, iax.conf, extensions.conf. Pure but for
// the files that `etc` reads.
import { isSame, valueOf, type Conf, type Section } from './conf.ts';
import type { Etc } from './etc.ts';

/** As the CSV files for the rules have them; null: not known. */
export interface Inventory {
  extensions: { number: string; company: string | null; name: string | null }[];
  trunks: { peer: string; name: string | null }[];
  dids: { number: string; extension: string | null; name: string | null }[];
  /** Phones whose peer does not tell their number. */
  endpoints: { peer: string; extension: string; name: string | null }[];
}

interface Peer {
  /** `PJSIP/acme-101` */
  peer: string;
  context: string;
  callerid: string;
  /** It registers elsewhere, is known by its address, or stands at a fixed one. */
  isFixed: boolean;
}

const number = /^\d{2,7}$/;
/** A DID, not an extension. */
const outside = /^\+?\d{7,15}$/;
const outer = /trunk|pstn|telco|provider|carrier|inbound|incoming|^from-(?!internal|queue)|\bdid\b/i;

export function inventoryOf(etc: Etc): Inventory {
  const peers = [
    ...pjsipPeers(etc.conf('pjsip.conf')),
    ...oldPeers(etc, 'sip.conf', 'SIP'),
    ...oldPeers(etc, 'iax.conf', 'IAX2'),
  ];
  const found: Inventory = { extensions: [], trunks: [], dids: [], endpoints: [] };
  const contexts = new Set<string>();
  for (const { peer, context, callerid, isFixed } of peers) {
    const [, own = peer] = /^[^/]+\/(.*)$/.exec(peer) ?? [];
    const [, company = null, digits = null] = /^(?:(.+)-)?(\d{2,7})$/.exec(own) ?? [];
    const [, name = '', called = null] = /^"?([^"<]*?)"?\s*(?:<(\d+)>)?$/.exec(callerid) ?? [];
    const isOuter = outer.test(context) || (isFixed && digits === null);
    if (isOuter) {
      found.trunks.push({ peer, name: name || null });
      contexts.add(context.toLowerCase());
    } else if (digits !== null) {
      found.extensions.push({ number: digits, company: company?.toLowerCase() ?? null, name: name || null });
    } else if (called !== null && number.test(called)) {
      found.extensions.push({ number: called, company: null, name: name || null });
      found.endpoints.push({ peer, extension: called, name: name || null });
    }
  }
  found.dids = didsOf(etc.conf('extensions.conf'), contexts);
  return unique(found);
}

function pjsipPeers(conf: Conf | null): Peer[] {
  const sections = (conf?.sections ?? []).filter(({ isTemplate }) => !isTemplate);
  const ofType = (type: string) => sections.filter((section) => isSame(valueOf(section, 'type') ?? '', type));
  const registered = new Set(
    ofType('registration').flatMap((section) => [valueOf(section, 'endpoint') ?? '', section.name]),
  );
  const fixed = new Set(ofType('aor').flatMap((aor) => (valueOf(aor, 'contact') ? [aor.name] : [])));
  const known = new Set(ofType('identify').map((section) => valueOf(section, 'endpoint') ?? ''));
  return ofType('endpoint').map((endpoint): Peer => {
    const { name } = endpoint;
    const aors = (valueOf(endpoint, 'aors') ?? '').split(',').map((aor) => aor.trim());
    const isFixed =
      valueOf(endpoint, 'outbound_auth') !== undefined ||
      registered.has(name) ||
      known.has(name) ||
      aors.some((aor) => fixed.has(aor));
    return { peer: `PJSIP/${name}`, ...sayings(endpoint), isFixed };
  });
}

/** chan_sip and chan_iax2: a section is a peer. */
function oldPeers(etc: Etc, file: string, technology: string): Peer[] {
  const sections = (etc.conf(file)?.sections ?? []).filter(({ isTemplate }) => !isTemplate);
  return sections
    .filter((section) => /^(peer|friend|user)$/i.test(valueOf(section, 'type') ?? ''))
    .map((section) => ({
      peer: `${technology}/${section.name}`,
      ...sayings(section),
      isFixed: !isSame(valueOf(section, 'host') ?? 'dynamic', 'dynamic'),
    }));
}

function sayings(section: Section): Pick<Peer, 'context' | 'callerid'> {
  return { context: valueOf(section, 'context') ?? 'default', callerid: valueOf(section, 'callerid') ?? '' };
}

/** Numbers that are written out in the contexts that trunks lead to; the first extension that is dialled or gone to is theirs. */
function didsOf(conf: Conf | null, contexts: ReadonlySet<string>): Inventory['dids'] {
  const sections = (conf?.sections ?? []).filter(
    ({ name }) => contexts.has(name.toLowerCase()) || /^from-(trunk|pstn|did)/i.test(name),
  );
  return sections.flatMap(({ settings }) => {
    const dids = new Map<string, string | null>();
    let last = '';
    for (const { key, value } of settings) {
      const [, exten = '', step = ''] = /^([^,]*),[^,]*,(.*)$/.exec(value) ?? [];
      if (isSame(key, 'exten')) last = exten.trim();
      const application = isSame(key, 'exten') ? step : isSame(key, 'same') ? value.replace(/^[^,]*,/, '') : '';
      if (!outside.test(last) || application === '') continue;
      const [, dialled] = /^Dial\((?:PJSIP|SIP|IAX2)\/(?:[^,&@/]*-)?(\d{2,6})(?=[,&)])/i.exec(application) ?? [];
      const [, gone] = /^Goto\([^,)]*,(\d{2,6}),/i.exec(application) ?? [];
      dids.set(last, dids.get(last) ?? dialled ?? gone ?? null);
    }
    return [...dids].map(([did, extension]) => ({ number: did, extension, name: null }));
  });
}

/** One line each, in order of what names it. */
export function unique(found: Inventory): Inventory {
  const once = <T>(rows: readonly T[], key: (row: T) => string): T[] =>
    [...new Map(rows.toReversed().map((row) => [key(row).toLowerCase(), row])).entries()]
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([, row]) => row);
  return {
    extensions: once(found.extensions, ({ company, number: digits }) => `${company ?? ''}/${digits}`),
    trunks: once(found.trunks, ({ peer }) => peer),
    dids: once(found.dids, ({ number: digits }) => digits.replace(/^\+/, '')),
    endpoints: once(found.endpoints, ({ peer }) => peer),
  };
}
