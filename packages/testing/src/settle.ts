import type { Transport } from '@kubets/client';
import type { VirtualClock } from '@kubets/core';

/** Turns of the event loop without any activity after which a cluster counts as quiet. */
const QUIET_TURNS = 4;

/** Lets every promise that is due, and one message, run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** Counts what goes through a transport, so that quiet can be told from waiting. */
export class ActivityMeter {
  #count = 0;
  #inFlight = 0;

  get count(): number {
    return this.#count;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  measure(transport: Transport): Transport {
    return {
      request: async (request, signal) => {
        this.#count++;
        this.#inFlight++;
        try {
          return await transport.request(request, signal);
        } finally {
          this.#inFlight--;
        }
      },
      watch: (request, signal) => this.#watch(transport, request, signal),
    };
  }

  async *#watch(...[transport, request, signal]: [Transport, ...Parameters<Transport['watch']>]) {
    for await (const event of transport.watch(request, signal)) {
      this.#count++;
      yield event;
    }
  }
}

/** Runs everything that is due now until nothing happens any more. */
export async function settle(clock: VirtualClock, meter: ActivityMeter): Promise<void> {
  for (let quiet = 0; quiet < QUIET_TURNS; ) {
    const before = meter.count;
    clock.advance(0);
    await turn();
    quiet = meter.count === before && meter.inFlight === 0 ? quiet + 1 : 0;
  }
}
