import { type FlowSchema, flowSchemaKind } from '@kubets/api';
import { type Clock, hasReason, type Logger } from '@kubets/core';
import type { RequestHandler } from '../pipeline/backend.ts';
import { timestamp } from '../registry/metadata.ts';
import { loopbackUser } from '../system-users.ts';

const MANAGER = 'api-priority-and-fairness-config-consumer-v1';
const { group, version, resource, kind } = flowSchemaKind;

interface Known {
  /** As far as they are known. */
  schemas(): Iterable<FlowSchema>;
  hasLevel(name: string): boolean;
}

/** Says in the status of each flow schema whether there is the priority level that it names. */
export class DanglingReports {
  readonly #handler: RequestHandler;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(options: { handler: RequestHandler; clock: Clock; logger: Logger }) {
    this.#handler = options.handler;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** Brings every status up to date; what fails is tried again with the next change. */
  async update(known: Known): Promise<void> {
    await Promise.all([...known.schemas()].map((schema) => this.#report(schema, known)));
  }

  async #report({ metadata, spec, status }: FlowSchema, known: Known): Promise<void> {
    const level = spec.priorityLevelConfiguration.name;
    const found = known.hasLevel(level);
    const what = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
    const condition = {
      type: 'Dangling',
      status: found ? 'False' : 'True',
      reason: found ? 'Found' : 'NotFound',
      message: found ? `${what} and it exists` : `${what} but there is no such object`,
    };
    const said = status?.conditions?.find(({ type }) => type === condition.type);
    if (said?.status === condition.status && said.message === condition.message) return;
    const lastTransitionTime = timestamp(this.#clock.now());
    await this.#write(metadata.name ?? '', { conditions: [{ ...condition, lastTransitionTime }] });
  }

  async #write(name: string, status: object): Promise<void> {
    try {
      await this.#handler.handle({
        verb: 'patch',
        patchType: 'apply',
        resource: { group, version, resource },
        namespace: '',
        name,
        subresource: 'status',
        options: { fieldManager: MANAGER, force: true },
        user: loopbackUser,
        body: { apiVersion: `${group}/${version}`, kind, metadata: { name }, status },
      });
    } catch (error) {
      if (hasReason(error, 'NotFound')) return;
      this.#logger.log('warn', 'the status of a flow schema could not be written', { name, error });
    }
  }
}
