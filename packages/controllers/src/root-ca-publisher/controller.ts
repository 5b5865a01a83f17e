import { type ConfigMap, configMapKind, namespaceKind } from '@kubets/api';
import { keyOf } from '@kubets/client';
import { hasReason } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { isNamespaceTerminating } from '../pods/pod-control.ts';
import { type Controller, type ControllerContext, watch } from '../runner/controller.ts';

const NAME = 'kube-root-ca.crt';
const DESCRIPTION_ANNOTATION = 'kubernetes.io/description';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** What to write for one namespace: nothing when the map already says the right thing. */
export function planRootCa(options: { namespace: string; rootCa: string; existing: ConfigMap | undefined }): {
  create?: ConfigMap;
  update?: ConfigMap;
} {
  const { namespace, rootCa, existing } = options;
  const data = { 'ca.crt': rootCa };
  const annotations = { [DESCRIPTION_ANNOTATION]: DESCRIPTION };
  if (!existing) {
    return { create: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAME, namespace, annotations }, data } };
  }
  const described = existing.metadata.annotations?.[DESCRIPTION_ANNOTATION] !== undefined;
  if (deepEqual(existing.data, data) && described) return {};
  const metadata = { ...existing.metadata, annotations: { ...existing.metadata.annotations, ...annotations } };
  return { update: { ...existing, metadata, data } };
}

/** Publishes the cluster's certificate authority to every active namespace, for the pods in it. */
export function rootCaPublisher(context: ControllerContext, rootCa: string): Controller {
  const namespaces = context.informers.informer(namespaceKind);
  const configMaps = context.informers.informer(configMapKind);
  const client = context.client.resource(configMapKind);

  return {
    name: 'root-ca-certificate-publisher',
    watches: [
      watch(namespaces, ({ type, object }) => (type === 'deleted' ? [] : [keyOf(object)])),
      watch(configMaps, ({ object }) => (object.metadata.name === NAME ? [object.metadata.namespace ?? ''] : [])),
    ],
    async reconcile(namespace) {
      if (namespaces.store.get(namespace)?.status?.phase !== 'Active') return;
      const plan = planRootCa({ namespace, rootCa, existing: configMaps.store.get(`${namespace}/${NAME}`) });
      try {
        if (plan.create) await client.create(plan.create);
        if (plan.update) await client.update(plan.update);
      } catch (error) {
        if (!hasReason(error, 'AlreadyExists') && !isNamespaceTerminating(error)) throw error;
      }
    },
  };
}
