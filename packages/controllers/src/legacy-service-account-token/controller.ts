import { secretKind, serviceAccountKind } from '@kubets/api';
import { keyOf } from '@kubets/client';
import { type Controller, type ControllerContext, watch } from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';

const TYPE = 'kubernetes.io/service-account-token';
const NAME = 'kubernetes.io/service-account.name';
const UID = 'kubernetes.io/service-account.uid';

/** Makes the tokens of secrets that ask for one; signing needs a key, which only the host has. */
export interface LegacyTokenSigner {
  /** A token without expiry for a service account, naming the secret that it is kept in. */
  sign(options: { namespace: string; name: string; uid: string; secretName: string }): Promise<string>;
  /** The cluster's certificate authority in PEM. */
  readonly rootCa: string;
}

const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** Fills secrets of type service-account-token, and deletes those whose service account is gone. */
export function legacyTokenController(context: ControllerContext, signer: LegacyTokenSigner): Controller {
  const secrets = context.informers.informer(secretKind);
  const accounts = context.informers.informer(serviceAccountKind);
  const client = context.client.resource(secretKind);

  return {
    name: 'serviceaccount-token',
    watches: [
      watch(secrets, ({ type, object }) => (object.type === TYPE && type !== 'deleted' ? [keyOf(object)] : [])),
      watch(accounts, ({ object }) =>
        secrets.store
          .list(object.metadata.namespace)
          .filter(({ type, metadata }) => type === TYPE && metadata.annotations?.[NAME] === object.metadata.name)
          .map(keyOf),
      ),
    ],
    async reconcile(key) {
      const secret = secrets.store.get(key);
      const accountName = secret?.metadata.annotations?.[NAME];
      if (!secret || secret.type !== TYPE || !accountName || secret.metadata.deletionTimestamp) return;
      const { namespace = '', name: secretName = '', annotations = {} } = secret.metadata;
      const account = accounts.store.get(`${namespace}/${accountName}`);
      const uid = account?.metadata.uid ?? '';
      if (!account || (annotations[UID] && annotations[UID] !== uid)) {
        await remove(namespace, secretName);
        return;
      }
      const { token, 'ca.crt': ca, namespace: inside } = secret.data ?? {};
      if (token && ca && inside && annotations[UID]) return;
      const data = {
        ...secret.data,
        token: token ?? base64(await signer.sign({ namespace, name: accountName, uid, secretName })),
        'ca.crt': base64(signer.rootCa),
        namespace: base64(namespace),
      };
      await client.update({
        ...secret,
        metadata: { ...secret.metadata, annotations: { ...annotations, [UID]: uid } },
        data,
      });
    },
  };

  async function remove(namespace: string, name: string): Promise<void> {
    await ignoring(client.delete(namespace, name), 'NotFound');
  }
}
