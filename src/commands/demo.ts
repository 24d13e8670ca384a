// cdrd demo: the real daemon against a simulated PBX, with everything in a folder that goes away at the end.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { ClientError } from '../errors.ts';
import { out } from './print.ts';
import { runDaemon } from './run.ts';

/** A fixed seed would make every demo look the same; any number does. */
const seedMax = 2 ** 31;

/** What the report of the printed order goes back. */
const dayMs = 86_400_000;

interface DemoOptions {
  rate: string;
  seconds?: string;
  port: string;
}

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('run the daemon against a simulated PBX with the traffic of several companies')
    .option('--rate <calls>', 'calls per second', '1')
    .option('--seconds <n>', 'stop after so long (default: until Ctrl-C)')
    .option('--port <n>', 'HTTP port on 127.0.0.1, 0 takes a free one', '8080')
    .action(async (options: DemoOptions) => {
      const rate = numberOf('--rate', options.rate, 0.01, 200);
      const seconds = options.seconds === undefined ? undefined : numberOf('--seconds', options.seconds, 1, 86_400);
      const port = numberOf('--port', options.port, 0, 65_535);
      await demo(rate, seconds, port);
    });
}

async function demo(rate: number, seconds: number | undefined, port: number): Promise<void> {
  const [{ Value }, { Config }, { openLog }, { openPbx }, { recommendedMappings }] = await Promise.all([
    import('typebox/value'),
    import('../config.ts'),
    import('../log.ts'),
    import('../simulator/pbx.ts'),
    import('../simulator/record.ts'),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'cdrd-demo-'));
  const secret = randomBytes(16).toString('hex');
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const tableUrl = `sqlite:${join(folder, 'master.db')}`;
  try {
    const pbx = await openPbx({
      ami: { host: '127.0.0.1', port: 0, username: 'cdrd', secret },
      tableUrl,
      mappings: [...recommendedMappings, ['company', 'Company'], ['did', 'Did']],
      timezone,
      channels: true,
    });
    try {
      const config = Value.Default(Config, {
        store: { url: `sqlite:${join(folder, 'cdrd.db')}`, data_dir: folder },
        systems: [
          {
            name: 'demo',
            timezone,
            ami: { port: pbx.amiPort, username: 'cdrd', secret, events: 'calls' },
            table: { url: tableUrl, timezone: 'UTC', poll_seconds: 2 },
          },
        ],
        // PortSIP owns a path of LaraCopilot's, so it stands below one of its own here.
        listeners: [
          { host: '127.0.0.1', port },
          { host: '127.0.0.1', port, prefix: '/portsip', dialects: ['portsip'] },
        ],
      }) as Parameters<typeof runDaemon>[0];
      const log = openLog({ level: 'info', format: 'auto' }, process.stderr);
      // Must not keep a daemon alive that was stopped earlier.
      const over = seconds === undefined ? undefined : delay(seconds * 1000, undefined, { ref: false });
      await runDaemon(
        config,
        log,
        (app) => {
          const { secret: token } = app.firstToken ?? { secret: process.env['CDRD_ADMIN_TOKEN'] ?? '' };
          const [url, other = url] = app.urls;
          out(whereToLook({ url: url!, portsip: `${other!}/portsip` }, token, rate));
          // Whoever listens from the beginning hears of the calls that are under way.
          pbx.ami
            .whenListening()
            .then(() =>
              pbx.traffic({
                rate,
                seed: Math.floor(Math.random() * seedMax),
                ...(seconds === undefined ? {} : { seconds }),
              }),
            )
            .catch((error: unknown) => log.error({ err: error }, 'the simulated PBX stopped calling'));
        },
        over ? { until: over } : {},
      );
    } finally {
      await pbx.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** URLs, the token, and two lines to paste. */
function whereToLook({ url, portsip }: { url: string; portsip: string }, token: string, rate: number): string {
  const body = JSON.stringify({ scope: { minID: 1, maxRows: 3 }, auth: { type: 'auth', key: token } });
  const order = JSON.stringify({ start_time: new Date(Date.now() - dayMs).toISOString(), call_types: [1, 2] });
  const subscribe = `this.send(JSON.stringify({type:"subscribe",after:0}))`;
  return `
cdrd is running against a simulated PBX: ${rate} call${rate === 1 ? '' : 's'} a second, several companies.

  THE PAGE   ${url}/#token=${token}

  records    ${url}/api/v1/cdrs
  calls      ${url}/api/v1/calls
  live calls ${url}/api/v1/calls/live
  health     ${url}/readyz   ${url}/metrics
  live feed  ${url.replace(/^http/, 'ws')}/live
  token      ${token}

Read the first records as IPCortex clients do:

  curl -s ${url}/rest/call/read -d '${body}'

As those of LaraCopilot, PortSIP, Telnyx (an order for a report) and VoIPstudio do:

  curl -s -b laravel_session=${token} '${url}/api/cdrs?search=busy'
  curl -s -H 'Authorization: Bearer ${token}' '${portsip}/api/cdrs?top=3'
  curl -s -H 'x-api-token: ${token}' -H 'Content-Type: application/json' ${url}/reporting/cdr_requests -d '${order}'
  curl -s -H 'X-Auth-Token: ${token}' '${url}/v1.2/voipstudio/cdrs?limit=3'

The first records of one company, in our own words:

  curl -s -H 'Authorization: Bearer ${token}' '${url}/api/v1/cdrs?company=acme&limit=5'

Who rings and talks now:

  curl -s -H 'Authorization: Bearer ${token}' '${url}/api/v1/calls/live'

Watch every record as it is stored (from this folder):

  node -e 'new (require("ws"))("${url.replace(/^http/, 'ws')}/live",{headers:{Authorization:"Bearer ${token}"}}).on("open",function(){${subscribe}}).on("message",m=>console.log(String(m)))'

Ctrl-C ends it; nothing is kept.
`;
}

function numberOf(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new ClientError(400, `${flag}: "${text}" is not a number from ${least} to ${most}`);
}
