// The usual rules once more, as code: what the preset pjsip-prefix must say of parties and direction. Shares nothing with src/rules.
import type { Cdr, Direction } from '../../src/cdr/cdr.ts';
import { propertiesOf } from '../../src/cdr/properties.ts';

const channelPattern =
  /^(?:PJSIP|SIP|IAX2|SCCP)\/(?:(?<company>[A-Za-z][A-Za-z0-9_]*)-)?(?<extension>\d{2,6})-[0-9a-f]{8}$/;
const isExtension = (text: string | true | null | undefined): text is string =>
  typeof text === 'string' && /^\d{2,6}$/.test(text);
const isTrunk = (channel: string | null) => channel !== null && /^(?!Local\/)[^/]+\/./.test(channel);
const isNumber = (text: string | null) => text !== null && /^\+?\d{3,}$/.test(text);

export function expected(cdr: Cdr) {
  const properties = propertiesOf(cdr);
  const [caller, called] = [partyOf(cdr.channel), partyOf(cdr.dstchannel)];
  const callerExtension = [properties.src_ext, caller.extension, cdr.src].find(isExtension) ?? null;
  const calledExtension = [called.extension, cdr.dst].find(isExtension) ?? null;
  return {
    company: handleOf(properties.company) ?? accountOf(cdr.accountcode) ?? caller.company,
    target: handleOf(properties.target) ?? accountOf(cdr.peeraccount) ?? called.company,
    extension: callerExtension ?? calledExtension,
    peerExtension: callerExtension === null ? null : calledExtension,
    direction: directionOf(cdr, callerExtension !== null, calledExtension !== null),
  };
}

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
  return isFromTrunk && !dstchannel ? 'inbound' : null;
}

function partyOf(channel: string | null) {
  const groups = channel ? channelPattern.exec(channel)?.groups : undefined;
  return { company: handleOf(groups?.['company']), extension: groups?.['extension'] ?? null };
}

function handleOf(text: string | true | undefined): string | null {
  const handle = typeof text === 'string' ? text.trim() : '';
  return handle === '' || handle.length > 255 ? null : handle;
}

function accountOf(code: string | null): string | null {
  const handle = handleOf(code ?? undefined);
  return handle?.startsWith('>') ? null : handle;
}
