#!/usr/bin/env node
/**
 * `npm run forecast -- --trace FILE [--until ISO | --origins FILE] --step 5m --horizon 24h`: prints forecasts of a trace as JSON.
 *
 * 1. Exit code 0 with data on stdout, or 2 with every problem on stderr and nothing on stdout.
 * 2. A reader that has seen enough and closes the pipe is no error.
 */
import { runForecast } from '../src/edge/command.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runForecast(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
