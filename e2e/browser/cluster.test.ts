import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { expect, it } from 'vitest';

const ENTRY = fileURLToPath(new URL('page.ts', import.meta.url));
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

/** A whole cluster, bundled for the browser: whatever is not host-neutral fails to bundle or to run here. */
it('a cluster runs in a browser tab', async () => {
  const bundle = await build({
    entryPoints: [ENTRY],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'silent',
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(
      isScript ? script : '<!doctype html><pre id="result"></pre><script type="module" src="/page.js"></script>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  expect(CHROMIUM, 'npm test installs a Chromium').toBeDefined();
  const browser = await chromium.launch({
    executablePath: CHROMIUM as string,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForFunction("document.getElementById('result').textContent !== ''", undefined, { timeout: 30_000 });
    expect(errors).toEqual([]);
    const result = JSON.parse((await page.textContent('#result')) ?? '');
    expect(result).toEqual({ phases: ['Running', 'Running', 'Running'], nodes: 2, availableReplicas: 3 });
  } finally {
    await browser.close();
    server.close();
  }
}, 60_000);
