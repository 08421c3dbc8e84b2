#!/usr/bin/env node
/**
 * `npm run forecast -- --trace FILE [--until ISO | --origins FILE] --step 5m --horizon 24h`: prints forecasts of a trace as JSON.
 *
 * 1. Exit code 0 with data on stdout, or 2 with every problem on stderr and nothing on stdout.
 */
import { runForecast } from '../src/edge/command.ts';

process.exitCode = await runForecast(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
