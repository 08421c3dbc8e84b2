/**
 * The table of commands, and the way from arguments to an exit code. Commander reads the arguments; what it refuses is usage.
 *
 * 1. Every failure becomes one message and one exit code of exit.ts; nothing is thrown to the caller.
 */
import { Command, CommanderError, Option } from 'commander';
import { addAudit } from './commands/audit.ts';
import { addBlueprint } from './commands/blueprint.ts';
import { addControl } from './commands/control.ts';
import { addDeadLetter } from './commands/dead-letter.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvent } from './commands/event.ts';
import { addOp } from './commands/op.ts';
import { addTenantChange } from './commands/tenant-change.ts';
import { addTenantCreate } from './commands/tenant-create.ts';
import { addTenantDelete } from './commands/tenant-delete.ts';
import { addTenantImport } from './commands/tenant-import.ts';
import { addTenantRead } from './commands/tenant-read.ts';
import { EXIT, EXIT_HELP } from './exit.ts';
import { asFailure } from './failure.ts';
import { type GlobalOptions, outputOf } from './session.ts';
import { DEFAULT_URL } from './settings.ts';
import type { Surroundings } from './surroundings.ts';
import { readVersion } from './version.ts';

const CALL_HELP = `In the folder of the installation: npx --no-install leasehold ... (without --no-install, and elsewhere,\nnpx asks a registry for a package of that name, which is not ours).`;

/** All commands, as data too: a test goes over them. */
export function createProgram(around: Surroundings): Command {
  const program = new Command('leasehold')
    .description('Provision tenants and look after them.')
    .version(readVersion(), '--version')
    .option('--url <url>', `the server (default: LEASEHOLD_URL, HOST and PORT, or ${DEFAULT_URL})`)
    .option('--token <token>', 'better: LEASEHOLD_TOKEN, LEASEHOLD_TOKEN_FILE, or DATA_DIR/admin.token')
    .addOption(new Option('--output <form>', 'form of results').choices(['text', 'json']).default('text'))
    .option('--no-color', 'no colours (as NO_COLOR)')
    .option('--quiet', 'results and failures only', false)
    .addHelpText('after', `\n${CALL_HELP}\n\n${EXIT_HELP}`)
    .showHelpAfterError('(--help tells the arguments)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => around.out.write(text),
      writeErr: (text) => around.err.write(text),
      getOutHelpWidth: () => around.out.columns(),
      getErrHelpWidth: () => around.err.columns(),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  const tenant = program.command('tenant').description('tenants and their resources');
  addTenantCreate(tenant, around);
  addTenantRead(tenant, around);
  addTenantChange(tenant, around);
  addTenantDelete(tenant, around);
  addTenantImport(tenant, around);
  addBlueprint(program, around);
  addEvent(program, around);
  addDeadLetter(program, around);
  addOp(program, around);
  addAudit(program, around);
  addControl(program, around);
  addDoctor(program, around);
  return program;
}

/** @param args without the interpreter and the script. @returns the exit code. */
export async function run(args: readonly string[], around: Surroundings): Promise<number> {
  const program = createProgram(around);
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const failure = asFailure(error);
    if (failure.code !== 'told') outputOf(program.opts<GlobalOptions>(), around).failure(failure);
    return EXIT[failure.exit];
  }
}
