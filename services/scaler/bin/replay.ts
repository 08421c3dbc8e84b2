#!/usr/bin/env node
/**
 * `npm run replay -- --trace FILE --capacity C --startup 120 [--policy FILE] [--from ISO] --tick 15 [--self-tuned MINUTES]`: prints the
 * replicas that a policy would have wanted over a recorded load, as JSON lines.
 *
 * 1. Exit code 0 with data on stdout, or 2 with every problem on stderr and nothing on stdout.
 */
import { runReplay } from '../src/command/command.ts';

// Whoever reads may stop early (`| head`): that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runReplay(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
