import { type ClusterRole, clusterRoleKind, deploymentKind, podKind, serviceAccountKind } from '@kubets/api';
import {
  type ApiServer,
  componentUser,
  controllerUser,
  createApiServer,
  createFront,
  EscalationGuard,
  type Front,
  JwtKeys,
} from '@kubets/apiserver';
import { type Client, createClient, InformerFactory } from '@kubets/client';
import { type RunningControllers, startControllers } from '@kubets/controllers';
import { type KubeObject, silentLogger } from '@kubets/core';
import { hostClock, hostRandom } from '@kubets/core/node';
import { memoryStore } from '@kubets/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';

const host = { clock: hostClock, random: hostRandom, logger: silentLogger };
/** Who has created what, by resource. */
const creators = new Map<string, { name: string; groups: readonly string[] }>();
let server: ApiServer;
let front: Front;
let informers: InformerFactory;
let controllers: RunningControllers;
let client: Client;

beforeAll(async () => {
  const escalationGuard = new EscalationGuard();
  const witness = {
    name: 'Witness',
    handles: () => true,
    validate: ({
      operation,
      resource,
      request,
      subresource,
    }: {
      operation: string;
      resource: { name: { resource: string } };
      request: { user: { name: string; groups: readonly string[] } };
      subresource: string;
    }) => {
      if (!subresource) creators.set(`${operation} ${resource.name.resource}`, request.user);
    },
  };
  server = await createApiServer({ ...host, store: memoryStore(host), admission: [escalationGuard, witness] });
  const keys = await JwtKeys.generate();
  front = await createFront({ ...host, server, keys, issuer: 'https://kubernetes.default.svc', escalationGuard });
  client = createClient(server.localTransport());
  const manager = createClient(server.localTransport(componentUser('kube-controller-manager')));
  informers = new InformerFactory({ ...host, client: manager });
  const clientOf = (account: string) => createClient(server.localTransport(controllerUser(account)));
  controllers = await startControllers({ ...host, client: manager, clientOf, informers });
});
afterAll(async () => {
  await controllers.dispose();
  informers.dispose();
  front.dispose();
  await server.close();
});

async function until<T>(read: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await read();
    if (found) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('each controller writes as its own service account, and all as one field manager', async () => {
  const labels = { app: 'web' };
  await client.resource(deploymentKind).create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  } as never);
  const [pod] = await until(async () => {
    const { items } = await client.resource(podKind).list('default');
    return items.length > 0 && items;
  });
  const prefix = 'system:serviceaccount:kube-system:';
  expect(creators.get('CREATE replicasets')?.name).toBe(`${prefix}deployment-controller`);
  expect(creators.get('CREATE pods')).toEqual({
    name: `${prefix}replicaset-controller`,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
  });
  expect((pod as KubeObject).metadata.managedFields?.map(({ manager }) => manager)).toEqual([
    'kube-controller-manager',
  ]);
});

it('the accounts are there, and the rights that they have suffice', async () => {
  const { items } = await client.resource(serviceAccountKind).list('kube-system');
  const names = items.map(({ metadata }) => metadata.name);
  expect(names).toEqual(
    expect.arrayContaining(['deployment-controller', 'generic-garbage-collector', 'node-controller', 'token-cleaner']),
  );
  const roles = client.resource(clusterRoleKind);
  await roles.create({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'more', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
    rules: [{ verbs: ['get'], apiGroups: ['example.org'], resources: ['things'] }],
  } as ClusterRole);
  await until(async () => {
    const { rules = [] } = await roles.get('', 'view');
    return rules.some(({ apiGroups }) => apiGroups?.includes('example.org'));
  });
});
