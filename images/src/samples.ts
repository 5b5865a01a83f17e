import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianEntries } from './debian.ts';
import { baseEntries, buildLayer, file, folder, type Layer, type LayerEntry, link } from './layer.ts';
import { nodeLayer } from './node-runtime.ts';
import { fullImageName, type Image, type ImageConfig } from './oci.ts';

/** What building the samples needs of the machine. */
export interface SampleOptions {
  /** Where Debian packages are kept between builds. */
  readonly cacheDir: string;
  /** The folder that holds the sample programs. */
  readonly samplesDir: string;
}

const BUSYBOX = '/bin/busybox';

/** busybox with a link for every applet that this build of it has, so that `sh`, `ls`, `wget` and the rest are found by name. */
async function busyboxEntries({ cacheDir }: SampleOptions): Promise<LayerEntry[]> {
  const entries = await debianEntries(['busybox-static'], cacheDir);
  const program = entries.find((entry) => entry.path === BUSYBOX && entry.type === 'file');
  if (program?.type !== 'file') throw new Error("Debian's package busybox-static has no /bin/busybox");
  const links = (await appletsOf(program.content, cacheDir)).map((applet) => link(`/bin/${applet}`, BUSYBOX));
  return [program, ...links, folder('/home'), link('/usr/bin/env', BUSYBOX)];
}

/** Asks the program itself. A shell writes the file, because one that this process had open could not be run at once. */
async function appletsOf(busybox: Uint8Array, cacheDir: string): Promise<string[]> {
  const script = 'cat >"$1" && chmod 755 "$1" && "$1" --list';
  const running = promisify(execFile)('sh', ['-c', script, 'sh', join(cacheDir, 'busybox')]);
  running.child.stdin?.end(busybox);
  const { stdout } = await running;
  return stdout.split('\n').filter((applet) => applet && applet !== 'busybox');
}

const image = (names: readonly string[], layers: readonly Layer[], config: ImageConfig): Image => ({
  names: names.map(fullImageName),
  layers,
  config,
});

async function busyboxImages(busybox: readonly LayerEntry[]): Promise<Image[]> {
  const layer = await buildLayer([...baseEntries, ...busybox]);
  const clock = ['sh', '-c', 'trap exit TERM INT; while date; do sleep 1 & wait $!; done'];
  return [
    image(['busybox', 'busybox:stable', 'alpine'], [layer], { cmd: ['sh'] }),
    image(['bretfisher/clock', 'jpetazzo/clock'], [layer], { cmd: clock }),
  ];
}

const NGINX_CONF = `user nobody nogroup;
worker_processes auto;
pid /run/nginx.pid;
error_log /dev/stderr notice;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log /dev/stdout;
  sendfile on;
  keepalive_timeout 65;
  include /etc/nginx/conf.d/*.conf;
}
`;
const NGINX_SERVER = `server {
  listen 80;
  listen [::]:80;
  server_name localhost;
  location / {
    root /usr/share/nginx/html;
    index index.html index.htm;
  }
}
`;
const NGINX_PAGE = `<!DOCTYPE html>
<html><head><title>Welcome to nginx!</title></head>
<body><h1>Welcome to nginx!</h1><p>The web server is installed and working.</p></body></html>
`;

async function nginxImage(options: SampleOptions, busybox: readonly LayerEntry[]): Promise<Image> {
  const packages = await debianEntries(['nginx', 'nginx-common'], options.cacheDir);
  const kept = packages.filter(
    ({ path }) =>
      !/^\/(etc\/(nginx\/(sites|modules|nginx\.conf)|init|ufw|logrotate|default)|var\/www|usr\/share\/nginx)/.test(
        path,
      ),
  );
  const layer = await buildLayer([
    ...baseEntries,
    ...busybox,
    ...kept,
    file('/etc/nginx/nginx.conf', NGINX_CONF),
    file('/etc/nginx/conf.d/default.conf', NGINX_SERVER),
    file('/usr/share/nginx/html/index.html', NGINX_PAGE),
    ...['/var/lib/nginx/body', '/var/lib/nginx/proxy', '/var/log/nginx', '/run'].map((path) => folder(path)),
  ]);
  return image(['nginx', 'nginx:1.17.3', 'nginx:1.17', 'nginx:alpine'], [layer], {
    cmd: ['nginx', '-g', 'daemon off;'],
    exposedPorts: [80],
  });
}

async function redisImage(options: SampleOptions, busybox: readonly LayerEntry[]): Promise<Image> {
  const packages = await debianEntries(['redis-server', 'redis-tools'], options.cacheDir);
  const kept = packages.filter(({ path }) => !/^\/(etc\/(init|default|logrotate|redis)|lib\/systemd)/.test(path));
  const layer = await buildLayer([...baseEntries, ...busybox, ...kept, folder('/data', 0o777)]);
  return image(['redis', 'redis:alpine'], [layer], {
    cmd: ['redis-server', '--bind', '* -::*', '--protected-mode', 'no', '--dir', '/data'],
    workingDir: '/data',
    exposedPorts: [6379],
  });
}

/** An image whose program is JavaScript: Node.js, busybox for a shell, and the files of the program. */
async function nodeImage(
  options: SampleOptions & { shell: Layer },
  sample: { names: readonly string[]; files: readonly string[]; port?: number; env?: Record<string, string> },
): Promise<Image> {
  const sources = sample.files.map(async (path) =>
    file(`/app/${path}`, await readFile(join(options.samplesDir, path))),
  );
  const program = await buildLayer(await Promise.all(sources));
  return image(sample.names, [await nodeLayer(), options.shell, program], {
    cmd: ['node', `/app/${sample.files[0]}`],
    workingDir: '/app',
    ...(sample.port ? { exposedPorts: [sample.port] } : {}),
    ...(sample.env ? { env: sample.env } : {}),
  });
}

function nodeImages(options: SampleOptions & { shell: Layer }): Promise<Image[]> {
  const worker = ['worker/worker.mjs', 'redis-client.mjs'];
  return Promise.all([
    nodeImage(options, {
      names: ['bretfisher/httpenv', 'jpetazzo/httpenv'],
      files: ['httpenv/httpenv.mjs'],
      port: 8888,
    }),
    nodeImage(options, { names: ['dockercoins/rng:v0.1'], files: ['rng/rng.mjs'], port: 80 }),
    nodeImage(options, { names: ['dockercoins/hasher:v0.1'], files: ['hasher/hasher.mjs'], port: 80 }),
    nodeImage(options, { names: ['dockercoins/worker:v0.1'], files: worker }),
    // The release that the roll-out exercises regret: ten times slower.
    nodeImage(options, { names: ['dockercoins/worker:v0.2'], files: worker, env: { WORK_MS: '1000' } }),
    nodeImage(options, {
      names: ['dockercoins/webui:v0.1'],
      files: ['webui/webui.mjs', 'webui/index.html', 'redis-client.mjs'],
      port: 80,
    }),
  ]);
}

/** All sample images, under the names that courses print. Needs apt on this machine the first time. */
export async function sampleImages(options: SampleOptions): Promise<Image[]> {
  const busybox = await busyboxEntries(options);
  const shell = await buildLayer(busybox);
  return [
    ...(await busyboxImages(busybox)),
    await redisImage(options, busybox),
    await nginxImage(options, busybox),
    ...(await nodeImages({ ...options, shell })),
  ];
}
