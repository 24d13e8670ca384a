// The name of a request: in its answer, in problem documents, in every log line about it, so that one leads to the others.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';

export const requestIdHeader = 'x-request-id';

/** Whatever comes from outside ends in our log: letters, digits and the signs of usual ids, of a bounded length. */
const wellFormed = /^[A-Za-z0-9][A-Za-z0-9._:~+/=-]{0,127}$/;

/** Gives each request an id of its own, or the one that a trusted proxy gave it; nobody else may choose one. */
export function requestIds(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const trusted = new BlockList();
  for (const proxy of trustedProxies) {
    const [address = '', bits] = proxy.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(bits), family);
  }
  return ({ headers, socket }) => {
    const given = headers[requestIdHeader];
    const { remoteAddress: peer = '' } = socket;
    const isTrusted = given !== undefined && peer !== '' && trusted.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4');
    return isTrusted && wellFormed.test(String(given)) ? String(given) : randomUUID();
  };
}
