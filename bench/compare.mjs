// Loads kubets as upstream was loaded and prints each figure beside upstream's, with the ratio reached and the ratio wanted.
//
//   node bench/compare.mjs [api] [pods] [--json]
//
// KUBETS_GENERATORS names a folder with another api.mjs and pods.mjs that print the same lines.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const GENERATORS = process.env.KUBETS_GENERATORS ?? join(HERE, 'generators');
const upstream = JSON.parse(readFileSync(join(HERE, 'upstream.json'), 'utf8'));

/** Starts a server with its data on a real disk, and hands over what it prints: BASE, CA, TOKEN, PIDS. */
async function withServer(environment, use) {
  const dir = mkdtempSync(join(process.env.DATA_DIR ?? '/var/tmp', 'kubets-compare-'));
  const env = { ...process.env, ...environment, DATA_DIR: dir };
  const child = spawn(process.execPath, [join(HERE, 'api-server.mjs')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    const [first, readyMs] = await Promise.all([
      firstLine(child.stdout),
      readyTime(child.stderr, environment.CONTROLLERS),
    ]);
    const given = Object.fromEntries(first.split(' ').map((pair) => splitOnce(pair)));
    return await use({ ...process.env, ...given }, readyMs);
  } finally {
    child.kill();
    await exited;
    rmSync(dir, { recursive: true, force: true });
  }
}

const splitOnce = (pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];

function firstLine(stream) {
  return new Promise((resolve, reject) => {
    const lines = createInterface(stream);
    lines.once('line', resolve);
    lines.once('close', () => reject(new Error('the server did not start')));
  });
}

/** Milliseconds from exec until all that was asked for is ready, as the server tells; what else it says is passed on. */
function readyTime(stream, hasControllers) {
  const wanted = hasControllers ? /scheduler ready, (\d+) ms after exec/ : /^ready after .* (\d+) ms after exec/;
  return new Promise((resolve) => {
    createInterface(stream).on('line', (line) => {
      const found = wanted.exec(line);
      if (found) resolve(Number(found[1]));
      else if (!line.startsWith('ready after')) console.error(line);
    });
  });
}

/** Runs a generator to its end and returns what it printed. */
async function generate(args, env) {
  const child = spawn(process.execPath, [join(GENERATORS, args[0]), ...args.slice(1)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${text}`);
  return text;
}

const number = (text, pattern) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
const lastMemory = (text) => Number([...text.matchAll(/server(?: RSS=|:.*RSS )(\d+)MiB/g)].at(-1)?.[1] ?? Number.NaN);

function residentMiB({ PIDS }) {
  const pid = number(PIDS, /server=(\d+)/);
  return number(readFileSync(`/proc/${pid}/status`, 'utf8'), /VmRSS:\s+(\d+)/) / 1024;
}

async function apiFigures() {
  return withServer({}, async (env, readyMs) => {
    const atStart = residentMiB(env);
    const text = await generate(['api.mjs', 'h2', 'kubets'], env);
    const rate = (name, concurrency) => number(text, new RegExp(`^${name}: .*conc=${concurrency} (\\d+)/s`, 'm'));
    return {
      ...Object.fromEntries([1, 16, 64].map((lanes) => [`create-${lanes}`, rate('create 1KiB', lanes)])),
      ...Object.fromEntries([1, 16, 64].map((lanes) => [`get-${lanes}`, rate('get', lanes)])),
      'patch-16': rate('merge-patch', 16),
      list: number(text, /^list: .*median=([\d.]+)/m),
      'list-500': number(text, /^list\?limit=500: .*median=([\d.]+)/m),
      'watch-100': number(text, /^watch fan-out: watchers=100 .*= (\d+) events/m),
      deletecollection: number(text, /^deletecollection.*: ([\d.]+)s/m),
      ready: readyMs / 1000,
      'memory-start': atStart,
      'memory-load': lastMemory(text),
    };
  });
}

async function podFigures() {
  return withServer({ CONTROLLERS: '1' }, async (env) => {
    const thousand = await generate(['pods.mjs', '1000', 'kubets'], env);
    const fiveThousand = await generate(['pods.mjs', '5000', 'kubets'], env);
    const seconds = (text) => number(text, /^bound \d+ in ([\d.]+)s/m);
    return {
      'pods-1000': seconds(thousand),
      'pods-1000-bind': number(thousand, /create->bind p50=(\d+)ms/),
      'pods-5000': seconds(fiveThousand),
      'memory-pods': lastMemory(fiveThousand),
    };
  });
}

/** How many times better kubets is, at worst and at best of upstream's range. */
function ratios({ unit, upstream: range }, value) {
  const all = range.map((theirs) => (unit === 'per s' ? value / theirs : theirs / value));
  return [Math.min(...all), Math.max(...all)];
}

function row(id, value) {
  const figure = upstream.figures[id];
  const [worst, best] = ratios(figure, value);
  const { goal, goalValue } = figure;
  const reached = goalValue === undefined ? goal === undefined || best >= goal : value < goalValue;
  return { id, ...figure, value, worst, best, reached };
}

const short = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2));

function print(rows) {
  console.log(`upstream: ${upstream.measured}\n`);
  console.log(`${'figure'.padEnd(42)}${'kubets'.padStart(14)}${'upstream'.padStart(18)}${'ratio'.padStart(14)}  goal`);
  for (const { title, unit, value, upstream: range, worst, best, goal, goalValue, reached } of rows) {
    const wanted = goalValue === undefined ? (goal ? `${goal} x` : '-') : `under ${goalValue} ${unit}`;
    const theirs = [...new Set(range)].join('-');
    const ratio = short(worst) === short(best) ? short(best) : `${short(worst)}-${short(best)}`;
    console.log(
      `${title.padEnd(42)}${`${short(value)} ${unit}`.padStart(14)}${theirs.padStart(18)}${`${ratio} x`.padStart(14)}  ${wanted}${reached ? '' : ' (missed)'}`,
    );
  }
}

const asked = process.argv.slice(2);
const parts = asked.filter((argument) => !argument.startsWith('--'));
const wants = (part) => parts.length === 0 || parts.includes(part);
const figures = { ...(wants('api') ? await apiFigures() : {}), ...(wants('pods') ? await podFigures() : {}) };
const rows = Object.entries(figures).map(([id, value]) => row(id, value));
if (asked.includes('--json')) console.log(JSON.stringify(rows, null, 2));
else print(rows);
