// /api/v1/jobs: scheduled work, to look at and to ask for. For admins who are bound to nothing.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { isoOf, type Clock } from '../../../cdr/time.ts';
import { ClientError } from '../../../errors.ts';
import type { HttpContext } from '../../context.ts';
import { exportList } from '../../export/routes.ts';
import { byOfRequest, demandAdmin } from '../../gate.ts';
import { json, type Operation } from '../../documents/operation.ts';
import { closeOtherMethods } from '../../methods.ts';
import { count, orNull, timeOrNull } from './answers.ts';

const NameParams = Type.Object({ name: Type.String({ minLength: 1, maxLength: 64, description: 'of the job' }) });

const closed = { additionalProperties: false };
export const Job = Type.Object(
  {
    name: Type.String({ description: 'what it is called' }),
    schedule: Type.String({ description: 'when it is due, as cron writes it' }),
    timezone: Type.String({ description: 'the zone of the schedule' }),
    running: Type.Boolean({ description: 'whether it runs now' }),
    due: timeOrNull('when it is due next; null: only when somebody asks'),
    started: timeOrNull('when the last run began'),
    ended: timeOrNull('when it ended; null: it runs, or never did'),
    outcome: orNull(Type.Enum(['done', 'failed', 'stopped']), 'of the last run'),
    report: Type.Unsafe<Record<string, number | string> | null>({
      type: ['object', 'null'],
      additionalProperties: { type: ['number', 'string'] },
      description: 'what the last run had to say',
    }),
    seconds: orNull(Type.Number({ minimum: 0 }), 'how long the last run took'),
    succeeded: timeOrNull('when one last came to its end'),
    runs: count('how often it has run'),
    failures: count('how often it has failed'),
  },
  { ...closed, title: 'Job' },
);
export type Job = Static<typeof Job>;
export const JobList = Type.Object({ jobs: Type.Array(Job) }, { ...closed, title: 'JobList' });
export type JobList = Static<typeof JobList>;

const about = { tag: 'jobs', needs: 'admin!' } as const;
const noJob = 'There is no such job.';
const operations = {
  list: { ...{ id: 'listJobs', summary: 'All jobs', ...about }, answers: { 200: json(JobList, 'All there are.') } },
  one: {
    ...{ id: 'getJob', summary: 'One job', ...about },
    answers: { 200: json(Job, 'The job.') },
    errors: { 404: noJob },
  },
  run: {
    ...{ id: 'runJob', summary: 'Runs a job now', ...about },
    answers: { 202: json(Job, 'It has begun.', { location: 'path of the job' }) },
    errors: { 404: noJob, 409: 'It is running already.' },
  },
} satisfies Record<string, Operation>;

type Jobs = HttpContext['jobs'];
export type JobState = Awaited<ReturnType<Jobs['list']>>[number];

export function registerJobs(api: FastifyInstance, context: HttpContext): void {
  const { jobs, auth } = context;
  const onRequest = demandAdmin(auth);
  const nameOf = (params: unknown) => (params as Static<typeof NameParams>).name;
  const one = async (name: string) => {
    const job = (await jobs.list()).find((state) => state.name === name);
    if (!job) throw new ClientError(404, `there is no job ${name}`);
    return toNativeJob(job, jobs.timezone);
  };

  api.get('/jobs', { onRequest, config: { operation: operations.list } }, async () => ({
    jobs: (await jobs.list()).map((job) => toNativeJob(job, jobs.timezone)),
  }));
  exportList<JobState>(api, context, {
    ...{ url: '/jobs', onRequest, operation: operations.list, query: {}, columns: Object.keys(Job.properties) },
    open: () => async (last, limit) => {
      const all = await jobs.list();
      const from = last ? all.findIndex(({ name }) => name === last.name) + 1 : 0;
      return all.slice(from, from + limit);
    },
    shape: (job, clock) => toNativeJob(job, jobs.timezone, clock),
  });
  api.get(
    '/jobs/:name',
    { onRequest, schema: { params: NameParams }, config: { operation: operations.one } },
    (request) => one(nameOf(request.params)),
  );
  api.post(
    '/jobs/:name/run',
    { onRequest, schema: { params: NameParams }, config: { operation: operations.run } },
    async (request, reply) => {
      const name = nameOf(request.params);
      await runNow(jobs, name, byOfRequest(request));
      return reply
        .code(202)
        .header('location', `/api/v1/jobs/${name}`)
        .send(await one(name));
    },
  );
  closeOtherMethods(api, '/jobs', ['GET']);
  closeOtherMethods(api, '/jobs/:name', ['GET']);
  closeOtherMethods(api, '/jobs/:name/run', ['POST']);
}

/** @throws ClientError 404, or 409 while it runs */
export async function runNow(jobs: Jobs, name: string, by: Parameters<Jobs['run']>[1]): Promise<void> {
  const hasBegun = await jobs.run(name, by);
  if (hasBegun === undefined) {
    const names = (await jobs.list()).map((job) => job.name).join(', ');
    throw new ClientError(404, `there is no job ${name}, expected one of ${names}`);
  }
  if (!hasBegun) throw new ClientError(409, `the job ${name} is running already`);
}

/** Times as RFC 3339, `seconds` as long as the last run took. */
export function toNativeJob({ isRunning, took, ...job }: JobState, timezone: string, clock: Clock = isoOf): Job {
  const { name, cron, due, started, ended, outcome, report, succeeded, runs, failures } = job;
  const time = (micros: number | null) => (micros === null ? null : clock(micros));
  return {
    ...{ name, schedule: cron, timezone, running: isRunning, due: time(due), started: time(started) },
    ...{ ended: isRunning ? null : time(ended), outcome: isRunning ? null : outcome, report },
    ...{ seconds: took === null ? null : took / 1e6, succeeded: time(succeeded), runs, failures },
  };
}
