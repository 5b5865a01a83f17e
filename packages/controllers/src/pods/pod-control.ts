import { type Pod, type PodTemplateSpec, podKind } from '@kubets/api';
import type { Client, EventRecorder } from '@kubets/client';
import { hasReason, type KubeObject, messageOf, type OwnerReference } from '@kubets/core';

export interface NewPod {
  readonly owner: KubeObject;
  readonly ownerReference: OwnerReference;
  readonly template: PodTemplateSpec;
  /** Set for pods with a name of their own; the others get the owner's name and a suffix. */
  readonly name?: string;
}

/** The pod that a template describes, owned by the object that holds the template. */
export function podFromTemplate({ owner, ownerReference, template, name }: NewPod): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(name ? { name } : { generateName: podPrefix(owner.metadata.name ?? '') }),
      namespace: owner.metadata.namespace ?? '',
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [ownerReference],
    },
    spec: template.spec as Pod['spec'],
  };
}

/** Longest prefix that leaves room for the suffix in a name of 63 characters is cut by the API server, not here. */
function podPrefix(ownerName: string): string {
  return `${ownerName}-`;
}

/** Creates and deletes pods on behalf of an owner and tells its users by events. */
export class PodControl {
  readonly #client: Client;
  readonly #recorder: EventRecorder;

  constructor(client: Client, recorder: EventRecorder) {
    this.#client = client;
    this.#recorder = recorder;
  }

  async create(pod: Pod, owner: KubeObject): Promise<Pod> {
    try {
      const created = await this.#client.resource(podKind).create(pod);
      this.#recorder.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
      return created;
    } catch (error) {
      if (!isNamespaceTerminating(error)) {
        this.#recorder.event(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
      }
      throw error;
    }
  }

  /** A pod that is gone already counts as deleted. */
  async delete(pod: Pod, owner: KubeObject): Promise<void> {
    const { namespace = '', name = '', uid } = pod.metadata;
    try {
      await this.#client.resource(podKind).delete(namespace, name, uid ? { preconditions: { uid } } : {});
      this.#recorder.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    } catch (error) {
      if (hasReason(error, 'NotFound') || hasReason(error, 'Conflict')) return;
      this.#recorder.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
      throw error;
    }
  }
}

/** The namespace is going away, and with it every reason to create something there. */
export function isNamespaceTerminating(error: unknown): boolean {
  if (!hasReason(error, 'Forbidden')) return false;
  return error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false;
}
