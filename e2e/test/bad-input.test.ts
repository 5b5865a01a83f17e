import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubets, programPath } from '../src/cluster.ts';
import { run } from '../src/kubectl.ts';
import { machineTraces } from '../src/machine.ts';

const NAME = 'e2e-bad';
const RECORD = `/var/lib/kubets/clusters/${NAME}.json`;
let folder: string;

/** What is left of the cluster under its name; other clusters of the machine come and go meanwhile. */
const ownTraces = () =>
  Object.values(machineTraces())
    .flat()
    .filter((trace) => trace.includes(NAME) || trace.includes(folder));

/** Runs a command that must fail, and answers what it says. */
async function failing(args: readonly string[], options = {}): Promise<string> {
  const { code, stdout, stderr } = await kubets(args, options);
  expect(code, `${args.join(' ')}\n${stdout}${stderr}`).toBe(1);
  expect(stderr, 'a stack').not.toMatch(/\n\s+at /);
  return stderr;
}
const up = (...args: string[]) => ['up', '--name', NAME, '--detach', ...args];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubets-bad-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a command line that is wrong', () => {
  it.each<[string[], RegExp]>([
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['up', '--frobnicate'], /unknown option '--frobnicate'/],
    [['up', '--port', '65536'], /a port is a number from 1 to 65535/],
    [['status', '--output', 'yaml'], /Allowed choices are text, json/],
    [['logs', '--tail', 'many'], /a number of lines is 0 or more/],
    [['status', '--name', 'Not_A_Name'], /"Not_A_Name" cannot be the name of a cluster: use lower-case letters/],
    [['status', '--name', '../escape'], /cannot be the name of a cluster/],
    ...['status', 'down', 'kubeconfig', 'logs'].map((command): [string[], RegExp] => [
      [command, '--name', NAME],
      /there is no cluster named "e2e-bad"; "kubets up --name e2e-bad" makes one/,
    ]),
    [['image', 'ls', '--name', NAME], /there is no cluster named/],
    [['reset', '--yes', '--name', NAME], /there is no cluster named/],
  ])('kubets %j', async (args, message) => {
    expect(await failing(args)).toMatch(message);
  });

  it('help tells the exit codes', async () => {
    const { code, stdout } = await kubets(['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Exit codes:\n +0 /);
  });
});

describe('a machine that cannot hold a new cluster: nothing of it is left', () => {
  let holder: Server;
  let port: number;
  beforeAll(async () => {
    holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    port = (holder.address() as { port: number }).port;
  });
  afterAll(async () => {
    await new Promise((resolve) => holder.close(resolve));
    expect(ownTraces()).toEqual([]);
  });

  it('a port in use names the process', async () => {
    const pattern = new RegExp(`port ${port} \\(API server\\) is in use by \\S.* \\(pid ${process.pid}\\)`);
    expect(await failing(up('--port', String(port)))).toMatch(pattern);
  });

  it.each<[string, RegExp]>([
    ['/proc/kubets', /the data directory \/proc\/kubets cannot be used: ENOENT.*choose another --data-dir/],
    ['/dev/null/kubets', /cannot be used/],
    ['/etc', /\/etc is not empty and holds no data of kubets/],
    ['/var/lib/kubets/data/e2e/below', /overlaps with the data of cluster "e2e"/],
  ])('--data-dir %s', async (dir, message) => {
    expect(await failing(up('--data-dir', dir))).toMatch(message);
  });

  it('a disk that is nearly full', async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    expect((await run('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'none', disk])).code).toBe(0);
    try {
      expect(await failing(up('--data-dir', join(disk, 'data')))).toMatch(/has \d+ MiB left; a cluster needs 512 MiB/);
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      await run('umount', [disk]);
    }
  });

  it.each([
    [
      '#!/bin/sh\necho containerd example.org/containerd v1.4.13 abc\n',
      /is version v?1\.4\.13; kubets works with containerd 1\.6 and 1\.7/,
    ],
    [
      '#!/bin/sh\necho containerd example.org/containerd v2.1.0 abc\n',
      /is version v?2\.1\.0; kubets works with containerd/,
    ],
    ['#!/bin/sh\nexit 1\n', /does not tell its version.*apt-get install --reinstall containerd/s],
  ])('a containerd that is %j', async (script, message) => {
    const bin = mkdtempSync(join(folder, 'bin-'));
    writeFileSync(join(bin, 'containerd'), script, { mode: 0o755 });
    expect(await failing(up(), { env: { PATH: `${bin}:${process.env.PATH}` } })).toMatch(message);
  });

  it('a user who is not root is told the very command', async () => {
    const result = await run('setpriv', ['--reuid=65534', '--clear-groups', process.execPath, programPath, ...up()]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(
      `containers, networks and mounts need root; run:\n  sudo kubets up --name ${NAME} --detach`,
    );
  });
});

describe('a cluster whose files are damaged', () => {
  let state: string;
  const running = async () =>
    JSON.parse((await kubets(['status', '--name', NAME, '--output', 'json'])).stdout).processes;
  const stopped = { server: null, agent: null };

  beforeAll(async () => {
    const dataDir = join(folder, 'data');
    state = join(dataDir, 'state');
    const { code, stderr } = await kubets(up('--data-dir', dataDir));
    expect(code, stderr).toBe(0);
  });
  afterAll(async () => {
    const { code, stderr } = await kubets(['reset', '--name', NAME, '--yes']);
    expect(code, stderr).toBe(0);
    expect(existsSync(join(folder, 'data'))).toBe(false);
    expect(ownTraces()).toEqual([]);
  });

  it('two commands at once both end well', async () => {
    await kubets(['down', '--name', NAME]);
    const results = await Promise.all([kubets(up()), kubets(up()), kubets(up())]);
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
  });

  it('another port is refused while it runs', async () => {
    expect(await failing(up('--port', '7777'))).toMatch(/runs with other settings.*"kubets down --name e2e-bad" first/);
  });

  it.each<[string, string[], RegExp]>([
    ['a missing archive', ['/no/such.tar'], /there is no file \/no\/such\.tar/],
    ['a folder', ['/etc'], /\/etc is not a file/],
    ['no archive', ['/etc/hostname'], /\/etc\/hostname is no image archive/],
    ['nothing', [], /say what to load/],
  ])('image load of %s', async (_, args, message) => {
    expect(await failing(['image', 'load', ...args, '--name', NAME])).toMatch(message);
  });

  it('programs that have lost their supervisors are seen, taken over and stopped', async () => {
    const orphan = () => {
      for (const part of ['server', 'agent'])
        process.kill(
          Number(readFileSync(`/run/kubets/${NAME}/${part}.supervisor.pid`, 'utf8').split(' ')[0]),
          'SIGKILL',
        );
    };
    orphan();
    expect(await running()).toEqual({ server: expect.any(Number), agent: expect.any(Number) });
    expect((await kubets(up())).code).toBe(0);
    orphan();
    expect((await kubets(['down', '--name', NAME])).code).toBe(0);
    expect(await running()).toEqual(stopped);
  });

  it('images cannot be listed when it is stopped', async () => {
    expect(await failing(['image', 'ls', '--name', NAME])).toMatch(
      /"e2e-bad" is not running; "kubets up --name e2e-bad" starts it/,
    );
  });

  it('pid files of another time are no obstacle', async () => {
    mkdirSync(`/run/kubets/${NAME}`, { recursive: true });
    writeFileSync(`/run/kubets/${NAME}/server.pid`, String(process.pid));
    writeFileSync(`/run/kubets/${NAME}/server.supervisor.pid`, `${process.pid} 5\n`);
    writeFileSync(`/run/kubets/${NAME}/agent.pid`, 'garbage');
    expect(await running()).toEqual(stopped);
  });

  it('a database of garbage, and one from a newer kubets', async () => {
    const file = join(state, 'data.mdb');
    const format = join(state, 'format.json');
    const [keptData, keptFormat] = [readFileSync(file), readFileSync(format)];
    writeFileSync(file, Buffer.alloc(20_000, 'garbage'));
    expect(await failing(up())).toMatch(/the API server did not become ready: the data in \S+ is damaged/);
    expect(await running()).toEqual(stopped);
    writeFileSync(file, keptData);
    writeFileSync(format, JSON.stringify({ format: 'kubets-storage', version: 99 }));
    expect(await failing(up())).toMatch(/is from a newer kubets \(storage format 99/);
    expect(await running()).toEqual(stopped);
    writeFileSync(format, keptFormat);
  });

  it('a record that is garbage is named', async () => {
    const kept = readFileSync(RECORD);
    writeFileSync(RECORD, '{garbage');
    expect(await failing(['status', '--name', NAME])).toMatch(/e2e-bad\.json cannot be read .*put the copy back/);
    expect((await kubets(['status', '--name', 'e2e'])).code).toBe(0);
    writeFileSync(RECORD, kept);
  });

  it.each([/machine/, /API server/, /node {5,}/])('Ctrl-C after %s leaves nothing half-made', async (step) => {
    const child = spawn(process.execPath, [programPath, 'up', '--name', NAME], { stdio: ['ignore', 'ignore', 'pipe'] });
    let told = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (!told && step.test(text)) told = child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(130);
    expect(await running()).toEqual(stopped);
  });
});
