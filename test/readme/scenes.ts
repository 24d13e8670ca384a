// What the README expects of its reader at some of its commands: a name in place of a word, a file, a daemon that is stopped. All other
// commands are run just as they stand. And which commands are not run here, each with the reason and who runs it.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { captureRecords } from '../simulator/capture.ts';
import { until } from '../support/until.ts';
import type { Done, Stage } from './stage.ts';

export interface Scene {
  /** How the command begins. */
  begins: string;
  before?: (stage: Stage) => unknown;
  /** What the reader writes. */
  says?: (text: string, told: ReadonlyMap<string, string>) => string;
  /** It goes on for ever, and has worked when it has told this. */
  enough?: RegExp;
  /** Exit codes that are no failure, where it is not only 0. */
  codes?: readonly number[];
  after?: (stage: Stage) => unknown;
}

const file = (name: string, text: string) => (stage: Stage) => {
  mkdirSync(dirname(join(stage.folder, name)), { recursive: true });
  writeFileSync(join(stage.folder, name), text);
};
const shell = async (stage: Stage, text: string): Promise<void> => {
  const { code, told }: Done = await stage.run(text);
  if (code !== 0) throw new Error(`${text}: ${told}`);
};
const stopped = { before: (stage: Stage) => stage.stop(), after: (stage: Stage) => stage.start() };
const token = (stage: Stage) => readFileSync(join(stage.folder, 'var/admin.token'), 'utf8').trim();

/** Forty calls of a real Asterisk by both ways, and one row that nobody can read. */
async function calls({ pbx, host }: Stage): Promise<void> {
  await pbx.ami.whenListening();
  await pbx.play(captureRecords);
  pbx.ami.broadcast(pbx.event(captureRecords[0]!).replace(/Duration: .*\r\n/, 'Duration: a week\r\n'));
  await until(async () => {
    const { sources } = (await (await fetch(`http://${host}/readyz`)).json()) as { sources: { received: number }[] };
    return sources.reduce((sum, { received }) => sum + received, 0) >= 81;
  }, 'both sources to have told all');
}

const log =
  '"","101","102","internal","""Ann"" <101>","PJSIP/101-1","PJSIP/102-2","Dial","PJSIP/102,30","2026-11-21 10:00:00","2026-11-21 10:00:05","2026-11-21 10:01:00",60,55,"ANSWERED","DOCUMENTATION","1795255200.1",""\n';

async function forget(stage: Stage, thing: string): Promise<void> {
  const headers = { authorization: `Bearer ${token(stage)}` };
  const { status } = await fetch(`http://${stage.host}/api/v1/${thing}`, { method: 'DELETE', headers });
  if (status >= 400) throw new Error(`${thing} cannot be removed: ${status}`);
}

const posted = `curl -s -H "Authorization: Bearer $T" -H 'Content-Type: application/json' http://127.0.0.1:8080/api/v1/`;
const [extensionOverHttp, didOverHttp] = [`${posted}extensions`, `${posted}dids`];

export const scenes: readonly Scene[] = [
  {
    begins: 'npx cdrd init',
    before: ({ folder }) => cpSync('test/fixtures/freepbx/asterisk', join(folder, 'asterisk'), { recursive: true }),
    // A reader has no other configuration yet.
    says: (text) => `env -u CDRD_CONFIG ${text} --asterisk-etc asterisk`,
  },
  // Nobody listens at the place of that PBX, and its files are not as they should be.
  { begins: 'npx cdrd --config cdrd.yaml doctor', says: (text) => `${text} --asterisk-etc asterisk`, codes: [2] },
  { begins: 'curl -s http://127.0.0.1:8080/readyz', before: calls },
  { begins: 'npx cdrd doctor', codes: [0, 1, 2] },
  { begins: 'npx cdrd token revoke', says: (text) => text.replace('ID', '2') },
  {
    begins: 'npx cdrd user add bob',
    says: (text) => `printf 'correct horse battery\\n' | ${text} --password-stdin`,
  },
  { begins: 'npx cdrd company import', before: file('companies.csv', 'handle,name\nacme,Acme Ltd\n') },
  { begins: 'npx cdrd extension import', before: file('extensions.csv', 'company,number,name\nacme,102,Bar\n') },
  {
    begins: 'npx cdrd classify --dry-run',
    before: ({ folder }) => cpSync(join(folder, 'config/cdrd.yaml'), join(folder, 'new.yaml')),
  },
  { begins: 'npx cdrd jobs run', says: (text) => text.replace('NAME', 'optimize') },
  // The commands have made both before.
  { begins: extensionOverHttp, before: (stage) => forget(stage, 'extensions/1') },
  { begins: didOverHttp, before: (stage) => forget(stage, 'dids/1') },
  // It stays one: 422 says why.
  { begins: 'curl -s -X POST -H "Authorization: Bearer $T" http://127.0.0.1:8080/api/v1/rejects/1/retry', codes: [22] },
  {
    begins: 'curl -s -c cookies.txt http://127.0.0.1:8080/rest/auth/',
    before: (stage) =>
      shell(
        stage,
        "printf 'correct horse battery\\n' | npx cdrd user add admin@example.com --role admin --password-stdin",
      ),
  },
  {
    begins: 'curl -s http://127.0.0.1:8887/api/login/oauth/token -d grant_type=refresh_token',
    says: (text, told) => text.replace('REFRESH', tokenIn(told, 'refresh_token')),
  },
  {
    begins: 'curl -s http://127.0.0.1:8887/api/login/oauth/revoke',
    says: (text, told) => text.replace('ACCESS', tokenIn(told, 'access_token')),
  },
  {
    begins: 'curl -s -o report.csv',
    before: (stage) =>
      until(async () => {
        const headers = { 'x-api-token': token(stage) };
        const answer = await fetch(`http://${stage.host}/reporting/cdr_requests?per_page=1`, { headers });
        return (await answer.text()).includes('"status":2');
      }, 'the report to be made'),
  },
  // From here on people call.
  {
    begins: "node -e 'new (require",
    before: ({ pbx }) => void pbx.traffic({ rate: 3, seconds: 3600, seed: 8 }),
    enough: /"type":"live"/,
  },
  { begins: 'curl -sN', enough: /"call":\{|"cdr":\{/ },
  { begins: 'node calls.mjs', enough: /^created \d+$/m },
  { begins: 'node wallboard.mjs', enough: /^(created|updated|ended) \d+\.\d+ /m },
  {
    begins: 'npx cdrd import --system pbx1 --timezone UTC',
    before: file('var/log/asterisk/cdr-csv/Master.csv', log),
  },
  {
    begins: 'npx cdrd import --system pbx1 --dry-run',
    before: file('var/log/asterisk/cdr-custom/Master.csv', log),
  },
  {
    begins: 'npx cdrd import --system pbx1 --mapping',
    before: file('calls.csv', '1795255300.1,1795255300,60,ANSWERED,"""Ann"" <101>"\n'),
  },
  { begins: 'npx cdrd restore var/backup.gz --force', ...stopped },
  { begins: 'npx cdrd restore FILE', says: (text) => text.replace('FILE', 'before-upgrade.gz'), ...stopped },
  { begins: 'npx cdrd backup FILE', says: (text) => text.replace('FILE', 'before-upgrade.gz') },
  // The rows of the import are in no table, and one row was not understood.
  { begins: 'npx cdrd completeness', codes: [1] },
];

function tokenIn(told: ReadonlyMap<string, string>, name: string): string {
  const [answer = ''] = [...told].filter(([text]) => text.includes('grant_type=password')).map(([, said]) => said);
  return (JSON.parse(answer) as Record<string, string>)[name]!;
}

const ci = 'needs the network and minutes: .ci/run does it';
const root = 'needs root and systemd, and changes the machine';

/** Beginning of a command → why it is not run here. */
export const elsewhere: Readonly<Record<string, string>> = {
  'npm ci': ci,
  'npm run demo -- --rate 5 --seconds 60': '.ci/run starts the demo, for 20 seconds',
  'npm run test:quick': 'this is a part of npm test itself',
  'npm run test:faults': ci,
  'npm run bench': ci,
  'apt-get install chromium': 'needs root: .ci/run does it',
  'asterisk -rx': 'needs a running Asterisk',
  wscat: 'is a program of others; test/http/livecalls.test.ts says the same on a socket',
  useradd: root,
  systemctl: root,
  'runuser -u cdrd': root,
  'npm run deb': 'takes a minute: test/packaging/deb.service.test.ts does it',
  'sudo apt install': root,
  'cdrd init --force': root,
  'cdrd doctor': root,
  'apt remove cdrd': root,
  'apt purge cdrd': root,
  'cd packaging && CDRD_DB_PASSWORD':
    'needs a container engine: test/packaging/container.long.test.ts says so, or builds the image',
  docker: 'needs a container engine',
};
