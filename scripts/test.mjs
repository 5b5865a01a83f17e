// `npm test`: everything. Unit, integration and browser tests first, then the end-to-end tests on a real cluster. Its last
// line counts the tests of both.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfStale, installDependencies, installTestPackages, root } from './setup.mjs';

installDependencies();
installTestPackages();
buildIfStale();

const artifacts = join(root, 'artifacts');
rmSync(artifacts, { recursive: true, force: true });
mkdirSync(artifacts, { recursive: true });
const filters = process.argv.slice(2);

/** Runs one vitest project and returns its counts; a run that breaks down counts as one failed test. */
function runTests(name, args) {
  const report = join(artifacts, `${name}.json`);
  const vitest = join(root, 'node_modules', '.bin', 'vitest');
  const { status } = spawnSync(
    vitest,
    [
      'run',
      ...args,
      ...filters,
      '--passWithNoTests',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const counts = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
  const failed = counts.numFailedTests + (status !== 0 && counts.numFailedTests === 0 ? 1 : 0);
  return { passed: counts.numPassedTests, failed, skipped: counts.numPendingTests };
}

const results = [runTests('unit', [])];
if (process.getuid?.() === 0) results.push(runTests('e2e', ['--config', 'e2e/vitest.config.ts']));
else {
  console.error('the end-to-end tests start containers and need root: run npm test with sudo for all of them');
  results.push({ passed: 0, failed: 1, skipped: 0 });
}

const sum = (key) => results.reduce((total, result) => total + result[key], 0);
const skipped = sum('skipped');
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(sum('failed') > 0 ? 1 : 0);
