import { buildLayer, file } from './layer.ts';
import { fullImageName, type Image } from './oci.ts';

export const PAUSE_IMAGE = 'registry.k8s.io/pause:3.10.1';

/**
 * The process that holds a pod's namespaces: it blocks all signals and waits for them, reaps orphaned children on SIGCHLD and
 * exits on SIGTERM or SIGINT. So small that it is written in machine code, with nothing to compile and nothing to link.
 */
const MACHINE_CODE: Partial<Record<NodeJS.Architecture, { machine: number; code: string }>> = {
  x64: {
    machine: 62,
    code: [
      'b80e000000 31ff 488d3558000000 31d2 41ba08000000 0f05', // rt_sigprocmask(SIG_BLOCK, &all, NULL, 8)
      'b880000000 488d3d42000000 31f6 31d2 41ba08000000 0f05', // wait: rt_sigtimedwait(&all, NULL, NULL, 8)
      '83f811 7413', // SIGCHLD: reap
      '83f80f 7405', // SIGTERM: quit
      '83f802 75d9', // not SIGINT: wait
      'b83c000000 31ff 0f05', // quit: exit(0)
      'b83d000000 48c7c7ffffffff 31f6 ba01000000 4531d2 0f05', // reap: wait4(-1, NULL, WNOHANG, NULL)
      '85c0 7fe4 ebb2', // again while it reaped one, then wait
      'ffffffffffffffff', // all signals
    ].join(''),
  },
  arm64: {
    machine: 183,
    code: [
      'e81080d2 000080d2 81030010 020080d2 030180d2 010000d4', // rt_sigprocmask(SIG_BLOCK, &all, NULL, 8)
      '281180d2 e0020010 010080d2 020080d2 030180d2 010000d4', // wait: rt_sigtimedwait(&all, NULL, NULL, 8)
      '1f440071 00010054', // SIGCHLD: reap
      '1f3c0071 60000054', // SIGTERM: quit
      '1f080071 a1feff54', // not SIGINT: wait
      'a80b80d2 000080d2 010000d4', // quit: exit(0)
      '882080d2 00008092 010080d2 220080d2 030080d2 010000d4', // reap: wait4(-1, NULL, WNOHANG, NULL)
      '1f000071 2cffff54 e9ffff17', // again while it reaped one, then wait
      'ffffffffffffffff', // all signals
    ].join(''),
  },
};

const LOAD_ADDRESS = 0x400000n;
const HEADERS_BYTES = 64 + 56;

/** A static ELF64 executable with one read-and-execute segment. */
function elf(machine: number, code: Uint8Array): Uint8Array {
  const out = Buffer.alloc(HEADERS_BYTES + code.length);
  out.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // magic, 64 bits, little endian, version 1
  out.writeUInt16LE(2, 16); // executable
  out.writeUInt16LE(machine, 18);
  out.writeUInt32LE(1, 20);
  out.writeBigUInt64LE(LOAD_ADDRESS + BigInt(HEADERS_BYTES), 24); // entry
  out.writeBigUInt64LE(64n, 32); // program headers follow the ELF header
  out.writeUInt16LE(64, 52);
  out.writeUInt16LE(56, 54);
  out.writeUInt16LE(1, 56);
  out.writeUInt16LE(64, 58);
  out.writeUInt32LE(1, 64); // PT_LOAD
  out.writeUInt32LE(5, 68); // readable, executable
  out.writeBigUInt64LE(LOAD_ADDRESS, 80);
  out.writeBigUInt64LE(LOAD_ADDRESS, 88);
  out.writeBigUInt64LE(BigInt(out.length), 96);
  out.writeBigUInt64LE(BigInt(out.length), 104);
  out.writeBigUInt64LE(0x1000n, 112);
  out.set(code, HEADERS_BYTES);
  return out;
}

/** The pause program for this machine. Throws on an architecture that has none. */
export function pauseProgram(architecture: NodeJS.Architecture = process.arch): Uint8Array {
  const target = MACHINE_CODE[architecture];
  if (!target) throw new Error(`no pause program for the architecture ${architecture}; kubets runs on x64 and arm64`);
  return elf(target.machine, Buffer.from(target.code.replaceAll(' ', ''), 'hex'));
}

export async function pauseImage(): Promise<Image> {
  const layer = await buildLayer([file('/pause', pauseProgram(), 0o755)]);
  return {
    names: [fullImageName(PAUSE_IMAGE)],
    layers: [layer],
    config: { entrypoint: ['/pause'], user: '65535:65535' },
  };
}
