import { createServer, type Server } from 'node:http';
import type { Service } from '@kubets/api';
import type { AsyncDisposable, Logger } from '@kubets/core';

const MAX_CONNECTIONS = 100;

interface HealthPort {
  readonly server: Server;
  service: Service;
}

/** Answers load balancers on the health-check ports of Services that keep external traffic on the node. */
export class HealthPorts implements AsyncDisposable {
  readonly #ports = new Map<number, HealthPort>();
  readonly #countLocal: (service: Service) => number;
  readonly #logger: Logger;

  constructor(options: { countLocalEndpoints: (service: Service) => number; logger: Logger }) {
    this.#countLocal = options.countLocalEndpoints;
    this.#logger = options.logger;
  }

  /** Opens and closes ports so that they match these Services. */
  sync(services: readonly Service[]): void {
    const wanted = new Map(
      services.flatMap((service) =>
        service.spec.healthCheckNodePort ? [[service.spec.healthCheckNodePort, service] as const] : [],
      ),
    );
    for (const [port, { server }] of this.#ports) {
      if (wanted.has(port)) continue;
      server.close();
      server.closeAllConnections();
      this.#ports.delete(port);
    }
    for (const [port, service] of wanted) {
      const open = this.#ports.get(port);
      if (open) open.service = service;
      else this.#open(port, service);
    }
  }

  async dispose(): Promise<void> {
    this.sync([]);
  }

  #open(port: number, service: Service): void {
    const entry: HealthPort = {
      service,
      server: createServer((_, response) => {
        const { namespace, name } = entry.service.metadata;
        const localEndpoints = this.#countLocal(entry.service);
        response.writeHead(localEndpoints > 0 ? 200 : 503, {
          'content-type': 'application/json',
          'x-content-type-options': 'nosniff',
        });
        response.end(JSON.stringify({ service: { namespace, name }, localEndpoints, serviceProxyHealthy: true }));
      }),
    };
    entry.server.maxConnections = MAX_CONNECTIONS;
    entry.server.on('error', (error) => {
      this.#logger.log('warn', 'health check port is not served', { port, error: error.message });
      this.#ports.delete(port);
    });
    entry.server.listen(port);
    this.#ports.set(port, entry);
  }
}
