import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RequestError } from './targets.ts';

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** `/logs/...`: the files below the machine's log directory, and lists of its folders. `path` is relative to `dir`. */
export async function serveLogFile(dir: string, path: string, response: ServerResponse): Promise<void> {
  const inside = normalize(`/${path}`);
  const file = join(dir, inside);
  const info = await stat(file).catch(() => undefined);
  if (!info || !(info.isDirectory() || info.isFile())) throw new RequestError(404, '404 page not found');
  if (info.isFile()) {
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
    await pipeline(createReadStream(file), response);
    return;
  }
  if (path !== '' && !path.endsWith('/')) {
    response.writeHead(301, { Location: `${path.split('/').at(-1)}/` }).end();
    return;
  }
  const entries = (await readdir(file, { withFileTypes: true }))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
  const links = entries.map((name) => `<a href="${encodeURI(name)}">${escapeHtml(name)}</a>\n`);
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(
    `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${links.join('')}</pre>\n`,
  );
}
