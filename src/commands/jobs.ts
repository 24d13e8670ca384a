// cdrd jobs list|run: scheduled work, when it was done and when it is due.
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { ClientError, Unavailable } from '../errors.ts';
import type { JobState } from '../jobs/scheduler.ts';
import type { Desk } from './daemon.ts';
import type { Edge } from './edge.ts';
import { out, printJson, printTable, timeText } from './print.ts';

const lookMs = 100;

export function addJobsCommand(program: Command, edge: Edge): void {
  const jobs = program.command('jobs').description('list scheduled work, or do some now');
  const atDesk = async <T>(work: (desk: Desk) => Promise<T>) => {
    const { config, log } = await edge.load(['jobs', 'auth', 'rejects', 'retention']);
    return (await import('./daemon.ts')).atDesk(config, log, work, 'existing');
  };

  jobs
    .command('list', { isDefault: true })
    .description('list the jobs with their last run and when they are due')
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) => {
      const [list, timezone] = await Promise.all([atDesk((desk) => desk.jobs()), zoneOf(edge)]);
      if (options.json) {
        const { toNativeJob } = await import('../http/dialects/native/jobs.ts');
        return printJson(list.map((job) => toNativeJob(job, timezone)));
      }
      printTable(
        ['NAME', 'SCHEDULE', 'DUE', 'LAST RUN', 'OUTCOME'],
        list.map((job) => [
          ...[job.name, job.cron === 'off' ? 'off' : `${job.cron} ${timezone}`],
          ...[timeText(job.due), timeText(job.started), outcomeText(job)],
        ]),
      );
    });

  jobs
    .command('run')
    .description('do a job now and wait for its end')
    .argument('<name>', 'its name in "cdrd jobs"')
    .option('--json', 'print JSON')
    .action(async (name: string, options: { json?: true }) => {
      const job = await atDesk((desk) => runToEnd(desk, name));
      if (options.json) {
        const { toNativeJob } = await import('../http/dialects/native/jobs.ts');
        printJson(toNativeJob(job, await zoneOf(edge)));
      }
      if (job.outcome !== 'done') throw new Unavailable(`the job ${name}: ${outcomeText(job)}`);
      if (!options.json) out(`${name}: ${outcomeText(job)}`);
    });
}

async function zoneOf(edge: Edge): Promise<string> {
  return (await edge.load(['jobs'])).config.jobs.timezone;
}

async function runToEnd(desk: Desk, name: string): Promise<JobState> {
  const find = async () => (await desk.jobs()).find((job) => job.name === name);
  const before = await find();
  const hasBegun = await desk.runJob(name);
  if (!before || hasBegun === undefined) {
    const names = (await desk.jobs()).map((job) => job.name).join(', ');
    throw new ClientError(404, `there is no job ${name}, expected one of ${names}`);
  }
  if (!hasBegun) throw new Unavailable(`the job ${name} is running already`);
  for (;;) {
    const job = await find();
    if (job && job.runs > before.runs) return job;
    await delay(lookMs);
  }
}

function outcomeText({ isRunning, outcome, report, took }: JobState): string {
  if (isRunning) return 'running';
  if (outcome === null) return '-';
  const said = Object.entries(report ?? {}).map(([name, value]) => (name === 'reason' ? value : `${name} ${value}`));
  return [outcome, ...said, ...(took === null ? [] : [`${(took / 1e6).toFixed(1)} s`])].join(', ');
}
