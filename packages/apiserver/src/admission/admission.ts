import { type Clock, type KubeObject, StatusError } from '@kubets/core';
import type { Resource } from '../registry/resource.ts';
import type { AuthenticatedRequest } from '../request.ts';
import { AdmissionMetrics } from './metrics.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** What an admission plugin looks at. */
export interface AdmissionRequest {
  readonly operation: Operation;
  readonly request: AuthenticatedRequest;
  readonly resource: Resource;
  readonly namespace: string;
  /** '' while a generated name is still to come. */
  readonly name: string;
  readonly subresource: string;
  /**
   * The object to be written, in the stored version; a mutating plugin may change it in place. Undefined for deletes. For
   * CONNECT the options of the connection, which have no metadata.
   */
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
  readonly dryRun: boolean;
  /** Adds a text for the Warning header. */
  warn(text: string): void;
}

/** One admission plugin. Refusals are thrown as `StatusError`. */
export interface AdmissionPlugin {
  readonly name: string;
  handles(operation: Operation): boolean;
  /** `again` when what the plugin changed is to pass all mutating plugins once more. */
  mutate?(admission: AdmissionRequest): Promise<'again' | undefined> | Promise<void> | void;
  validate?(admission: AdmissionRequest): Promise<void> | void;
  /** The write that `validate` let through has failed: give back what was reserved for it. */
  release?(admission: AdmissionRequest): void;
}

/** The admission plugins in their order; mutating passes run before validation, validating ones after. */
export class Admission {
  readonly plugins: readonly AdmissionPlugin[];
  readonly metrics: AdmissionMetrics;

  constructor(plugins: readonly AdmissionPlugin[], clock: Clock) {
    this.plugins = plugins;
    this.metrics = new AdmissionMetrics(plugins, clock);
  }

  async mutate(admission: AdmissionRequest): Promise<void> {
    if (await this.#mutateOnce(admission)) await this.#mutateOnce(admission);
  }

  async #mutateOnce(admission: AdmissionRequest): Promise<boolean> {
    const run = this.metrics.begin('admit', admission.operation);
    let again = false;
    let index = 0;
    try {
      for (; index < this.plugins.length; index++) {
        const plugin = this.plugins[index]!;
        if (!plugin.mutate || !plugin.handles(admission.operation)) continue;
        const mutating = plugin.mutate(admission);
        // Most plugins have nothing to wait for.
        if (!mutating) continue;
        run.waiting();
        if ((await mutating) === 'again') again = true;
        run.waited(index);
      }
    } catch (error) {
      run.rejected(index);
      throw error;
    }
    run.done();
    return again;
  }

  async validate(admission: AdmissionRequest): Promise<void> {
    const run = this.metrics.begin('validate', admission.operation);
    let index = 0;
    try {
      for (; index < this.plugins.length; index++) {
        const plugin = this.plugins[index]!;
        const validating = plugin.handles(admission.operation) ? plugin.validate?.(admission) : undefined;
        if (!validating) continue;
        run.waiting();
        await validating;
        run.waited(index);
      }
    } catch (error) {
      run.rejected(index);
      throw error;
    }
    run.done();
  }

  release(admission: AdmissionRequest): void {
    for (const plugin of this.plugins) plugin.release?.(admission);
  }
}

/** The refusal of an admission plugin: 403, worded as `pods "web" is forbidden: ...`. */
export function refused(admission: AdmissionRequest, why: string): StatusError {
  const { group, resource } = admission.resource.name;
  const qualified = group ? `${resource}.${group}` : resource;
  const name = admission.name || admission.object?.metadata?.generateName || 'Unknown';
  return new StatusError({
    code: 403,
    reason: 'Forbidden',
    message: `${qualified} "${name}" is forbidden: ${why}`,
    details: { name, ...(group ? { group } : {}), kind: resource },
  });
}
