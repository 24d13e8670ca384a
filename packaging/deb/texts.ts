// The texts of the package: control, changelog, copyright, and /etc/cdrd/cdrd.yaml as it is shipped.
import type { Library } from './libraries.ts';

export interface Edition {
  version: string;
  architecture: string;
  /** `Name <address>` */
  maintainer: string;
  /** Seconds since 1970, of everything in the package. */
  epoch: number;
}

/** The newest symbols that Node 24 and better-sqlite3 13 want: GLIBC_2.34, GLIBCXX_3.4.29 (objdump -T). */
const depends = 'adduser, libc6 (>= 2.34), libgcc-s1 (>= 4.2), libstdc++6 (>= 11)';

/** @param kilobytes - what it takes when installed */
export function controlText({ version, architecture, maintainer }: Edition, kilobytes: number): string {
  return `Package: cdrd
Version: ${version}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${kilobytes}
Depends: ${depends}
Recommends: ca-certificates
Suggests: asterisk, mariadb-server (>= 1:10.11)
Section: comm
Priority: optional
Description: call-record daemon for Asterisk
 cdrd hears every call record (CDR) of Asterisk servers the moment a call
 ends, reads the same records from their cdr tables, stores each exactly
 once, joins them to calls, and serves them: a web page, a feed that is live,
 an API of its own and those of several vendors.
 .
 It brings the Node.js it runs on and keeps its records in SQLite, or in
 MariaDB when they grow.
`;
}

export function changelogText({ version, maintainer, epoch }: Edition, commit: string | null): string {
  const what = commit === null ? 'Built from a tree without history.' : `Built from commit ${commit}.`;
  // RFC 5322, as dpkg wants it: "Sun, 22 Nov 2026 21:00:00 +0000".
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  return `cdrd (${version}) unstable; urgency=medium\n\n  * ${what}\n\n -- ${maintainer}  ${date}\n`;
}

/** What is in the package, under which licence; the words of each lie beside its files. */
export function copyrightText(libraries: readonly Library[], node: Library, own: string): string {
  const rows = libraries.map(
    ({ name, version, licence, path }) => `  ${name} ${version}: ${licence}\n    /usr/lib/cdrd/${path}`,
  );
  return `cdrd, the call-record daemon for Asterisk

Copyright (C) 2026 the authors of cdrd
License: ${own}

${mit}
It brings Node.js ${node.version}, whose licence and those of what it was built
from are in /usr/lib/cdrd/bin/LICENSE, and these libraries, each with its
licence and its copyright beside its files. The whole Apache License 2.0 is in
/usr/share/common-licenses/Apache-2.0.

${[...new Set(rows)].join('\n')}
`;
}

const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
`;

const systemsLine = 'systems:\n';

/** The sample with the places of a service. @throws Error when the sample has changed so that they are not found */
export function serviceConfig(sample: string): string {
  const replaced = replace(sample, 'url: sqlite:var/cdrd.db\n', 'url: sqlite:/var/lib/cdrd/cdrd.db\n');
  return replace(replaced, 'data_dir: var\n', 'data_dir: /var/lib/cdrd\n');
}

/** The configuration of a fresh install: no system yet, so that it runs; the sample's one stands there commented out. */
export function freshConfig(sample: string): string {
  const service = serviceConfig(sample);
  const from = service.indexOf(systemsLine) + systemsLine.length;
  const length = service.slice(from).search(/^\S/m);
  if (from < systemsLine.length || length < 0) throw new Error('config/cdrd.yaml: found no section systems');
  const block = service.slice(from, from + length).trimEnd();
  const off = block.replace(/^(?=.)/gm, '#');
  const hint = [
    '# "cdrd init --force", as root, writes all of this file from what it finds beside the PBX. By hand: replace [] by what follows,',
    '# without the # in the first column, and put CDRD_AMI_SECRET=… into /etc/cdrd/cdrd.env (mode 0600).',
    'systems: []',
  ].join('\n');
  return `${service.slice(0, from - systemsLine.length)}${hint}\n${off}\n\n${service.slice(from + length)}`;
}

function replace(text: string, found: string, by: string): string {
  if (text.split(found).length !== 2) throw new Error(`config/cdrd.yaml: expected "${found.trim()}" exactly once`);
  return text.replace(found, by);
}
