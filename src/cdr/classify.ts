// Whose record is it, and which way did it go: company, target, extension, direction. Pure; computed at write time from the merged record and stored.
import type { Cdr, Derived, Direction } from './cdr.ts';
import { propertiesOf } from './properties.ts';

/** How one system names its parties; patterns come from the configuration. */
export interface NamingRules {
  /** Matches a channel name; named groups `company` and `extension`, both optional. */
  channel: RegExp;
  /** What an internal number looks like. */
  extension: RegExp;
}

interface Party {
  company: string | null;
  extension: string | null;
}

/** Company and target from the properties, then the account codes, then the channel names; extensions likewise. */
export function classify(cdr: Cdr, rules: NamingRules): Derived {
  const properties = propertiesOf(cdr);
  const caller = partyOf(cdr.channel, rules);
  const called = partyOf(cdr.dstchannel, rules);
  const callerExtension =
    [properties.src_ext, caller.extension, cdr.src].find((text) => isExtension(text, rules)) ?? null;
  const calledExtension = [called.extension, cdr.dst].find((text) => isExtension(text, rules)) ?? null;
  return {
    properties,
    company: handleOf(properties.company) ?? accountOf(cdr.accountcode) ?? caller.company,
    target: handleOf(properties.target) ?? accountOf(cdr.peeraccount) ?? called.company,
    extension: callerExtension ?? calledExtension,
    peerExtension: callerExtension === null ? null : calledExtension,
    direction: directionOf(cdr, callerExtension !== null, calledExtension !== null),
  };
}

/**
 * A party that is no extension stands outside when its channel is a trunk's (any that names a device, Local channels do
 * not) or its number can be dialled. What came over a trunk and met no channel of party B ended in this PBX: inbound.
 */
function directionOf(
  { channel, dstchannel, src, dst }: Cdr,
  isCallerInside: boolean,
  isCalledInside: boolean,
): Direction | null {
  const isFromTrunk = isTrunk(channel);
  if (isCallerInside) {
    if (isCalledInside) return 'internal';
    return isTrunk(dstchannel) || isNumber(dst) ? 'outbound' : null;
  }
  if (!isFromTrunk && !isNumber(src)) return null;
  if (isCalledInside) return 'inbound';
  if (isTrunk(dstchannel)) return 'transit';
  return isFromTrunk && dstchannel === '' ? 'inbound' : null;
}

function isTrunk(channel: string | null): boolean {
  return channel !== null && /^(?!Local\/)[^/]+\/./i.test(channel);
}

function isNumber(text: string | null): boolean {
  return text !== null && /^\+?\d{3,}$/.test(text);
}

function partyOf(channel: string | null, rules: NamingRules): Party {
  const groups = channel ? rules.channel.exec(channel)?.groups : undefined;
  return { company: handleOf(groups?.['company']), extension: groups?.['extension'] ?? null };
}

function isExtension(text: string | true | null | undefined, rules: NamingRules): text is string {
  return typeof text === 'string' && text.length <= handleMax && rules.extension.test(text);
}

/** As an account code (channel.h, AST_MAX_ACCOUNT_CODE is 80) or a table's column has it; a longer text is no handle. */
const handleMax = 255;

function handleOf(text: string | true | undefined): string | null {
  const handle = typeof text === 'string' ? text.trim() : '';
  return handle === '' || handle.length > handleMax ? null : handle;
}

/** IPCortex: an account code is "company or >nnn", and >nnn points to another account, not to a company. */
function accountOf(code: string | null): string | null {
  const handle = handleOf(code ?? undefined);
  return handle?.startsWith('>') ? null : handle;
}
