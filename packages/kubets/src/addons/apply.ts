import { builtInKinds } from '@kubets/api';
import type { Client } from '@kubets/client';
import { apiVersionOf, type KubeObject } from '@kubets/core';

const FIELD_MANAGER = 'kubets';

/** Applies an add-on's objects (server-side apply), so that what users have set on them besides stays as it is. */
export async function applyAddons(client: Client, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) {
    const kind = builtInKinds.find(
      (item) => item.kind === object.kind && apiVersionOf(item.group, item.version) === object.apiVersion,
    );
    if (!kind) throw new Error(`add-on object of unknown kind ${object.apiVersion} ${object.kind}`);
    const { namespace = '', name = '' } = object.metadata;
    await client
      .resource(kind)
      .patch({ namespace, name }, 'apply', object, { fieldManager: FIELD_MANAGER, force: true });
  }
}
