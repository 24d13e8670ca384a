// Which dialects there are and which paths each owns: all that a configuration has to know of them. What they do is in their folders (index.ts).

export interface Claim {
  /** Path prefixes, without a slash at the end. The longest that a request's path begins with says whose it is; of a 404 too. */
  paths: readonly string[];
  /** Of a path that two own and `negotiate` shares: requests that this one answers. Without it: all others. */
  answers?: 'bearer';
}

export const claims = {
  // The web page is its own: `/` alone, and what lies below /page.
  native: { paths: ['/api/v1', '/live', '/page', '/'] },
  ipcortex: { paths: ['/rest'] },
  laracopilot: { paths: ['/api/cdrs', '/api/tenants', '/api/extensions', '/api/rates', '/api/admin', '/api'] },
  telnyx: { paths: ['/reporting', '/v2'] },
  voipstudio: { paths: ['/v1.1/voipstudio', '/v1.2/voipstudio'] },
  // Its log-in needs no token, so it is told apart by its path.
  portsip: { paths: ['/api/cdrs', '/api/user', '/api/login', '/api'], answers: 'bearer' },
} as const satisfies Record<string, Claim>;

export type DialectName = keyof typeof claims;
export const dialectNames = Object.keys(claims) as DialectName[];

/** What a listener speaks that does not say: all that can live side by side (PortSIP has a port of its own). */
export const usualDialects: readonly DialectName[] = ['native', 'ipcortex', 'laracopilot', 'telnyx', 'voipstudio'];
