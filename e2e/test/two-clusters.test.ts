import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, kubets, TestCluster } from '../src/cluster.ts';
import { CLUSTER_NAME } from '../src/global-setup.ts';

const NAME = 'e2e-two';
let clusters: readonly [TestCluster, TestCluster];

beforeAll(async () => {
  clusters = [await TestCluster.up(CLUSTER_NAME), await TestCluster.up(NAME)];
  const samples = await kubets(['image', 'load', '--samples', '--name', NAME]);
  expect(samples.code, samples.stderr).toBe(0);
  for (const cluster of clusters) {
    await cluster.kubectl('create namespace beside');
    await cluster.kubectl('-n beside create deployment web --image=nginx');
    await cluster.kubectl('-n beside expose deployment web --port=80');
    await cluster.kubectl('-n beside run shell --image=busybox -- sleep 3600');
  }
});
afterAll(async () => {
  await kubets(['reset', '--name', NAME, '--yes']);
  await clusters[0].kubectl('delete namespace beside --wait=false');
});

/** A pod asks a service of its own cluster by name: pods, addresses, DNS and the proxy are all in it. */
async function works(cluster: TestCluster): Promise<void> {
  await cluster.kubectl('-n beside wait --for=condition=Available deployment/web --timeout=60s');
  await cluster.kubectl('-n beside wait --for=condition=Ready pod/shell --timeout=60s');
  await eventually(async () => {
    const answer = await cluster.tryKubectl('-n beside exec shell -- wget -qO- http://web.beside');
    return answer.stdout.includes('Welcome to nginx!');
  });
}

describe('two clusters on one machine', () => {
  it('both work', async () => {
    for (const cluster of clusters) await works(cluster);
    expect(clusters[0].server).not.toBe(clusters[1].server);
  });

  it('a cluster that was down has its objects again, and its pods run', async () => {
    const uid = await clusters[1].kubectl('-n beside get deployment web -o jsonpath={.metadata.uid}');
    expect((await kubets(['down', '--name', NAME])).code).toBe(0);
    await works(clusters[0]);
    await TestCluster.up(NAME);
    expect(await clusters[1].kubectl('-n beside get deployment web -o jsonpath={.metadata.uid}')).toBe(uid);
    await works(clusters[1]);
  });

  it('the reset of one leaves the other alone', async () => {
    const { code, stderr } = await kubets(['reset', '--name', NAME, '--yes']);
    expect(code, stderr).toBe(0);
    await works(clusters[0]);
    expect((await kubets(['status', '--name', CLUSTER_NAME])).code).toBe(0);
  });
});
