// Checks the floors: which package may import which (imports.allow beside each package), that nothing host-neutral imports
// node: modules, that no import reaches into another package's files, and that time and chance come in through ports.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const packagesDir = join(root, 'packages');
/** Folder of every package that stands on a floor, by name. */
const PACKAGES = new Map([
  ...readdirSync(packagesDir).map((name) => [name, join(packagesDir, name)]),
  ['images', join(root, 'images')],
]);
/** Packages that live on the machine altogether, entry points included. */
const HOST_PACKAGES = new Set(['kubets', 'images']);
/** A socket's own idle timeout is no timer of ours. */
const RAW_TIME_OR_CHANCE =
  /(?<!\b(?:stream|socket|request)\.)\b(Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(|setImmediate\(|performance\.now\(|randomUUID\(|process\.hrtime)/;
/** The adapters where the host's time and chance are read: Node.js', and what it has in common with browsers. */
const HOST_ADAPTERS = new Set(['packages/core/src/node/host.ts', 'packages/testing/src/web-clock.ts']);

function* sources(dir) {
  for (const name of readdirSync(dir)) {
    if (name === 'node_modules' || name === 'dist') continue;
    const path = join(dir, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (/\.(ts|tsx)$/.test(name)) yield path;
  }
}

function allowList(packageName) {
  const lines = readFileSync(join(PACKAGES.get(packageName), 'imports.allow'), 'utf8').split('\n');
  return new Set(lines.map((line) => line.trim()).filter((line) => line && !line.startsWith('#')));
}

function checkImport({ packageName, allowed, hostOnly, specifier }) {
  const own = /^@kubets\/([^/]+)(\/.*)?$/.exec(specifier);
  if (own) {
    const [, target, deep] = own;
    if (target !== packageName && !allowed.has(target)) return `may not import @kubets/${target}`;
    if (deep && deep !== '/node') return `reaches into @kubets/${target}: import its index instead`;
    if (deep === '/node' && !hostOnly) return `is host-neutral and may not import ${specifier}`;
  }
  if (specifier.startsWith('node:') && !hostOnly) return `is host-neutral and may not import ${specifier}`;
  if (specifier.startsWith('.') && /(^|\/)node\//.test(specifier) && !hostOnly)
    return `is host-neutral and may not import ${specifier}`;
  return undefined;
}

const problems = [];
for (const [packageName, dir] of PACKAGES) {
  const allowed = allowList(packageName);
  for (const target of allowed)
    if (!PACKAGES.has(target)) problems.push(`${packageName}/imports.allow: no package ${target}`);
  for (const path of sources(dir)) {
    const name = relative(root, path).split(sep).join('/');
    const isTest = /\.test\.tsx?$/.test(name) || name.includes('/test/');
    const hostOnly = isTest || HOST_PACKAGES.has(packageName) || name.includes(`/src/node/`);
    const text = readFileSync(path, 'utf8');
    for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      const problem = isTest ? undefined : checkImport({ packageName, allowed, hostOnly, specifier });
      if (problem) problems.push(`${name}: ${problem}`);
    }
    if (HOST_ADAPTERS.has(name) || isTest) continue;
    text.split('\n').forEach((line, index) => {
      const code = line.replace(/\/\/.*$/, '').replace(/^\s*\*.*$/, '');
      if (RAW_TIME_OR_CHANCE.test(code))
        problems.push(`${name}:${index + 1}: raw time or chance; take a Clock or Random`);
    });
  }
}
for (const problem of problems) console.error(problem);
console.log(problems.length ? `floors: ${problems.length} problems` : 'floors: every import stands on a floor below');
process.exit(problems.length ? 1 : 0);
