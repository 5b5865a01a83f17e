import type { StaleFlow } from '../stale-flows.ts';
import { runProgram } from './nft.ts';

function argumentsOf(flow: StaleFlow): string[] {
  const family = (flow.address ?? flow.endpoint ?? '').includes(':') ? ['-f', 'ipv6'] : [];
  return [
    '-D',
    ...family,
    ...['-p', flow.protocol],
    ...(flow.address ? ['--orig-dst', flow.address] : []),
    ...(flow.nodePort ? ['--dport', String(flow.nodePort)] : []),
    ...(flow.endpoint ? ['--reply-src', flow.endpoint] : []),
  ];
}

/** Has the kernel forget these flows. That there is none is not an error. */
export async function forgetFlows(flows: readonly StaleFlow[]): Promise<void> {
  for (const flow of flows) {
    await runProgram('conntrack', argumentsOf(flow)).catch((error: Error) => {
      if (!error.message.includes('0 flow entries')) throw error;
    });
  }
}
