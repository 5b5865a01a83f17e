import { namespaceKind, type ServiceAccount, serviceAccountKind } from '@kubets/api';
import { keyOf } from '@kubets/client';
import { hasReason } from '@kubets/core';
import { isNamespaceTerminating } from '../pods/pod-control.ts';
import { type Controller, type ControllerContext, watch } from '../runner/controller.ts';

const DEFAULT_NAME = 'default';

/** Sees to it that every active namespace has the service account `default`. */
export function serviceAccountController(context: ControllerContext): Controller {
  const namespaces = context.informers.informer(namespaceKind);
  const accounts = context.informers.informer(serviceAccountKind);

  return {
    name: 'serviceaccount',
    watches: [
      watch(namespaces, ({ type, object }) => (type === 'deleted' ? [] : [keyOf(object)])),
      watch(accounts, ({ type, object }) =>
        type === 'deleted' && object.metadata.name === DEFAULT_NAME ? [object.metadata.namespace ?? ''] : [],
      ),
    ],
    async reconcile(key) {
      if (namespaces.store.get(key)?.status?.phase !== 'Active') return;
      if (accounts.store.get(`${key}/${DEFAULT_NAME}`)) return;
      const metadata = { name: DEFAULT_NAME, namespace: key };
      const account: ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata };
      try {
        await context.client.resource(serviceAccountKind).create(account);
      } catch (error) {
        if (!hasReason(error, 'AlreadyExists') && !isNamespaceTerminating(error)) throw error;
      }
    },
  };
}
