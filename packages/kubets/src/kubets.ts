import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_NAME } from './cluster/registry.ts';
import { CommandError } from './command-error.ts';
import { version } from './installation.ts';
import { completeSearchPath } from './preflight/packages.ts';
import { apiServerOptions, settingsAmong } from './server/options.ts';

const EXIT_CODES = `
Exit codes:
  0    done; for "status": the cluster runs
  1    it failed: the message tells the cause and what to do
  3    "status": the cluster is stopped
  4    "status": the cluster works only in part
  130  interrupted with Ctrl-C before it was done`;

/** Commands are loaded when they are called, so that help and the small ones start at once. */
const program = new Command('kubets')
  .description('Kubernetes, written in TypeScript: real clusters from one npm package.')
  .version(version, '--version', 'print the version')
  .showHelpAfterError('(add --help for what there is)')
  .addHelpText('after', EXIT_CODES);

const nameOption = () => new Option('--name <name>', 'which cluster').default(DEFAULT_NAME);
const outputOption = () =>
  new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text');

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('a port is a number from 1 to 65535');
  return port;
}

function lineCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a number of lines is 0 or more');
  return Number(text);
}

/** `legacy/all=true,apps/v1beta2=false`; a name alone means true. */
function runtimeConfig(text: string, before: Record<string, boolean> = {}): Record<string, boolean> {
  const config = { ...before };
  for (const part of text.split(',').filter(Boolean)) {
    const [name = '', value = 'true'] = part.split('=');
    if (value !== 'true' && value !== 'false') throw new InvalidArgumentError(`"${part}" must end in =true or =false`);
    config[name] = value === 'true';
  }
  return config;
}

const upCommand = program
  .command('up')
  .description('make or start a cluster, and wait until its node is Ready and its DNS answers')
  .addOption(nameOption())
  .option('-d, --detach', 'return when it is up, and leave it running')
  .option('--data-dir <dir>', 'where its state is kept (default /var/lib/kubets/data/NAME)')
  .option('--port <port>', 'port of the API server (default 6443, or the next for further clusters)', portNumber)
  .option(
    '--runtime-config <versions>',
    'API versions to serve or not, as GROUP/VERSION=true|false,...; legacy/all=true serves the retired ones; kept',
    runtimeConfig,
  )
  .addOption(outputOption())
  .addHelpText(
    'after',
    '\nExamples:\n  kubets up                     until Ctrl-C\n  kubets up --detach            in the background\n  kubets up --name second -d    another cluster beside the first',
  )
  .action(async (options) => (await import('./commands/up.ts')).up({ ...options, apiServer: settingsAmong(options) }));
for (const option of apiServerOptions)
  upCommand.addOption(option.helpGroup('API server (kept until given anew; an empty value takes one back):'));

program
  .command('down')
  .description('stop a cluster; its state is kept')
  .addOption(nameOption())
  .action(async (options) => (await import('./commands/down.ts')).down(options));

program
  .command('status')
  .description('tell whether a cluster runs (exit code 0), is stopped (3) or works only in part (4)')
  .addOption(nameOption())
  .option('--all', 'all clusters of this machine')
  .addOption(outputOption())
  .action(async (options) => (await import('./commands/status.ts')).status(options));

program
  .command('reset')
  .description('remove every trace of a cluster: processes, mounts, networks, rules, cgroups, files')
  .addOption(nameOption())
  .option('-y, --yes', 'do not ask')
  .action(async (options) => (await import('./commands/reset.ts')).reset(options));

program
  .command('kubeconfig')
  .description("print the administrator's kubeconfig")
  .addOption(nameOption())
  .option('--path', 'print where it is instead')
  .action(async (options) => (await import('./commands/kubeconfig.ts')).kubeconfig(options));

const image = program.command('image').description('images on the nodes');
image
  .command('load [file]')
  .description('load an image archive (OCI or docker save), or the sample images')
  .addOption(nameOption())
  .option('--samples', 'build and load the sample images: DockerCoins, nginx, redis, busybox, httpenv, clock')
  .action(async (file, options) => (await import('./commands/image.ts')).loadImages(file, options));
image
  .command('ls')
  .description('list the images')
  .addOption(nameOption())
  .addOption(outputOption())
  .action(async (options) => (await import('./commands/image.ts')).listImages(options));

program
  .command('logs [part]')
  .description("print the logs of a cluster's own programs: server, agent, containerd")
  .addOption(nameOption())
  .option('-f, --follow', 'go on printing')
  .option('--tail <lines>', 'how many lines of the end', lineCount, 50)
  .action(async (part, options) => (await import('./commands/logs.ts')).logs(part, options));

program
  .command('version')
  .description('print the versions of the program and of the running cluster')
  .addOption(nameOption())
  .addOption(outputOption())
  .action(async (options) => (await import('./commands/version.ts')).version(options));

program
  .command('server')
  .description('run the control plane of a cluster in the foreground (what "up" starts in the background)')
  .addOption(nameOption())
  .action(async (options) => (await import('./server/server.ts')).server(options));

program
  .command('build-system-image', { hidden: true })
  .addOption(nameOption())
  .action(async (options) => (await import('./agent/images.ts')).buildSystemImage(options));

program
  .command('agent')
  .description('run the node agent of a cluster in the foreground (what "up" starts in the background)')
  .addOption(nameOption())
  .action(async (options) => (await import('./agent/agent.ts')).agent(options));

completeSearchPath();
try {
  await program.parseAsync();
} catch (error) {
  const text = error instanceof CommandError ? error.message : ((error as Error).stack ?? String(error));
  process.stderr.write(`kubets: ${text}\n`);
  process.exitCode = error instanceof CommandError ? error.exitCode : 1;
}
