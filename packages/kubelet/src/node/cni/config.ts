import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';

export interface CniOptions {
  /** Directory that containerd reads its network configuration from. */
  readonly configDir: string;
  /** Where host-local keeps the addresses given out. */
  readonly ipamDir: string;
  readonly bridgeName: string;
  /** The node's ranges, one a family, the primary one first. */
  readonly podCidrs: readonly string[];
  readonly mtu?: number;
}

const FILE_NAME = '10-kubets.conflist';
const isV6 = (cidr: string) => cidr.includes(':');

/** The network of the node's pods: a bridge that is their gateway, addresses from the node's ranges, and host ports. */
export function cniConfig(options: CniOptions): unknown {
  return {
    cniVersion: '1.0.0',
    name: 'kubets',
    plugins: [
      {
        type: 'bridge',
        bridge: options.bridgeName,
        isGateway: true,
        hairpinMode: true,
        ipMasq: false,
        ...(options.mtu ? { mtu: options.mtu } : {}),
        ipam: {
          type: 'host-local',
          dataDir: options.ipamDir,
          ranges: options.podCidrs.map((subnet) => [{ subnet }]),
          routes: options.podCidrs.map((cidr) => ({ dst: isV6(cidr) ? '::/0' : '0.0.0.0/0' })),
        },
      },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ],
  };
}

/** Writes the configuration where containerd finds it; it is read again at every change. True when it changed. */
export async function writeCniConfig(options: CniOptions): Promise<boolean> {
  await mkdir(options.configDir, { recursive: true });
  await mkdir(options.ipamDir, { recursive: true });
  const path = `${options.configDir}/${FILE_NAME}`;
  const text = `${JSON.stringify(cniConfig(options), null, 2)}\n`;
  if ((await readFile(path, 'utf8').catch(() => '')) === text) return false;
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
  return true;
}
