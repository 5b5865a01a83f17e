import { spawn } from 'node:child_process';

const MAX_ERROR_CHARS = 2000;

/** Runs a program with `input` on its standard input. Throws with what it wrote to standard error. */
export function runProgram(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      if (errors.length < MAX_ERROR_CHARS) errors += text;
    });
    child.stdin.on('error', () => {});
    child.on('error', (error) => reject(new Error(`cannot run ${program}: ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${program} ended with ${code}: ${errors.trim()}`));
    });
    child.stdin.end(input);
  });
}

/** Applies an nft script as one transaction. */
export async function applyNft(script: string): Promise<void> {
  await runProgram('nft', ['-f', '-'], script);
}

/** Removes a table of family inet with everything in it; nothing happens when there is none. */
export async function removeNftTable(table: string): Promise<void> {
  await applyNft(`add table inet ${table}\ndelete table inet ${table}\n`);
}
