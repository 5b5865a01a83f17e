import { writeFile } from 'node:fs/promises';
import { type Node, nodeKind } from '@kubets/api';
import { BackOff, type InformerFactory } from '@kubets/client';
import type { AsyncDisposable, Clock, Disposable, Logger, Random } from '@kubets/core';
import { buildRuleset, type Ruleset } from '../nftables/ruleset.ts';
import { transaction, wholeTable } from '../nftables/transaction.ts';
import type { NodePlace } from '../services/endpoints.ts';
import type { ServicePort } from '../services/service-ports.ts';
import { ServiceTracker } from '../services/tracker.ts';
import { staleFlows } from '../stale-flows.ts';
import { forgetFlows } from './conntrack.ts';
import { HealthPorts } from './health.ts';
import { applyNft, removeNftTable } from './nft.ts';

/** Changes within this time are applied together. */
const GATHER_MS = 20;
const RETRY = { initialMs: 500, maxMs: 30_000, factor: 2, jitter: 0.5 };
const ZONE_LABEL = 'topology.kubernetes.io/zone';

export interface ProxyOptions {
  readonly nodeName: string;
  readonly informers: InformerFactory;
  /** Name of the nft table (family inet) that the proxy owns altogether. */
  readonly table: string;
  readonly podCidrs: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface Proxy extends AsyncDisposable {
  /** Resolves when the rules have been applied for the first time. */
  whenReady(): Promise<void>;
  /** Takes the rules away as well; `dispose` leaves them, so that Services go on working while the agent restarts. */
  remove(): Promise<void>;
}

class NftablesProxy implements Proxy {
  readonly #options: ProxyOptions;
  readonly #tracker: ServiceTracker;
  readonly #health: HealthPorts;
  readonly #backOff: BackOff;
  readonly #ready: Promise<void>;
  readonly #nodeHandler: Disposable;
  #setReady: () => void = () => {};
  #applied: Ruleset | undefined;
  #ports: readonly ServicePort[] = [];
  #place: NodePlace;
  #placeChanged = true;
  #timer: Disposable | undefined;
  #running: Promise<void> = Promise.resolve();
  #disposed = false;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#backOff = new BackOff(RETRY, options.random);
    this.#place = { nodeName: options.nodeName, zone: '' };
    this.#ready = new Promise((resolve) => {
      this.#setReady = resolve;
    });
    this.#health = new HealthPorts({
      logger: options.logger,
      countLocalEndpoints: ({ metadata }) => this.#countLocal(`${metadata.namespace}/${metadata.name}/`),
    });
    this.#nodeHandler = this.#followNode();
    this.#tracker = new ServiceTracker(options.informers, () => this.#schedule(GATHER_MS));
    void options.informers.whenSynced().then(() => this.#schedule(0));
  }

  whenReady(): Promise<void> {
    return this.#ready;
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#timer?.dispose();
    this.#tracker.dispose();
    this.#nodeHandler.dispose();
    await this.#running;
    await this.#health.dispose();
  }

  async remove(): Promise<void> {
    await this.dispose();
    await removeNftTable(this.#options.table);
  }

  #followNode(): Disposable {
    const { informers, nodeName } = this.#options;
    const update = (node: Node) => {
      const zone = node.metadata.labels?.[ZONE_LABEL] ?? '';
      if (node.metadata.name !== nodeName || zone === this.#place.zone) return;
      this.#place = { nodeName, zone };
      this.#placeChanged = true;
      this.#schedule(GATHER_MS);
    };
    return informers.informer<Node>(nodeKind).addHandler({ added: update, updated: update });
  }

  #countLocal(idPrefix: string): number {
    const own = this.#ports.filter((port) => port.id.startsWith(idPrefix));
    const local = own.flatMap((port) => port.endpoints.external.filter((endpoint) => endpoint.isLocal));
    return new Set(local.map((endpoint) => endpoint.address)).size;
  }

  #schedule(delayMs: number): void {
    if (this.#timer || this.#disposed) return;
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#timer = undefined;
      this.#running = this.#running.then(() => this.#sync());
    });
  }

  async #sync(): Promise<void> {
    if (this.#disposed || !this.#tracker.hasSynced()) return;
    const before = this.#ports;
    const after = this.#tracker.refresh(this.#place, this.#placeChanged);
    this.#placeChanged = false;
    const wanted = buildRuleset(after, this.#options);
    try {
      await this.#apply(wanted);
      this.#ports = after;
      this.#backOff.reset();
      this.#setReady();
      this.#health.sync(this.#tracker.services());
      await forgetFlows(staleFlows(before, after));
    } catch (error) {
      this.#options.logger.log('error', 'service rules could not be applied', { error: String(error) });
      this.#schedule(this.#backOff.nextDelayMs());
    }
  }

  async #apply(wanted: Ruleset): Promise<void> {
    const script = this.#applied ? transaction(this.#applied, wanted) : wholeTable(wanted);
    if (script === '') return;
    // Whatever goes wrong, the next attempt makes the table anew.
    this.#applied = undefined;
    await applyNft(script);
    this.#applied = wanted;
  }
}

/** Kernel settings that Services need: routing, and node ports that answer on the loopback address. */
export async function prepareKernel(): Promise<void> {
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
  await writeFile('/proc/sys/net/ipv4/conf/all/route_localnet', '1');
}

/** Keeps the node's nftables rules for Services as the API server has them, until disposed. */
export function startProxy(options: ProxyOptions): Proxy {
  return new NftablesProxy(options);
}
