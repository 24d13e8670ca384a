// Where a webhook must not go unless it is allowed: this machine and the networks around it. The address is judged that is connected to,
// whatever the name said when it was looked up before.
import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Not the public internet (IANA special-purpose address registries), and multicast. */
const networks = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
  // Also what maps, translates or tunnels IPv4: the address inside could be any of the above.
  ...['::/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
  ...['5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
];

const blocked = new BlockList();
for (const network of networks) {
  const [address, bits] = network.split('/') as [string, string];
  blocked.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
}

/** Whether an address is of the public internet; an IPv4 one in IPv6 clothes is judged as what it is. */
export function isPublic(address: string): boolean {
  const family = isIP(address.split('%')[0]!);
  return family !== 0 && !address.includes('%') && !blocked.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Why nothing is sent there. */
export class PrivateAddress extends Error {
  constructor(host: string, address: string) {
    const of = host === address ? '' : `${host} is `;
    super(`${of}${address}, a private address: set allow_private: true if that is meant`);
  }
}

/** An address written out in a URL, which nobody looks up. @throws PrivateAddress */
export function demandAllowedHost(hostname: string, allowPrivate: boolean): void {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (!allowPrivate && isIP(address) !== 0 && !isPublic(address)) throw new PrivateAddress(address, address);
}

type Resolve = (
  hostname: string,
  options: { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** How names are looked up for a connection: only addresses that are allowed come out, and the socket connects to one of these. */
export function lookupWithin(allowPrivate: boolean, resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const allowed = addresses.filter(({ address }) => allowPrivate || isPublic(address));
      const [first] = allowed;
      if (!first) return callback(new PrivateAddress(hostname, addresses[0]?.address ?? 'nowhere'), '', 0);
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
