import { expect, it } from 'vitest';
import type { PodSpec } from '../pod.ts';
import { podWarnings } from './warnings.ts';

it.each<[what: string, spec: PodSpec, warnings: string[]]>([
  ['nothing odd', { containers: [{ name: 'c' }] }, []],
  [
    'a variable twice',
    {
      containers: [
        {
          name: 'c',
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '2' },
          ],
        },
      ],
    },
    ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'],
  ],
  [
    'an old label of nodes',
    { containers: [], nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
    ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
  ],
  [
    'half a byte',
    { containers: [{ name: 'c', resources: { limits: { memory: '500m' } } }] },
    ['spec.containers[0].resources.limits[memory]: fractional byte value "500m" is invalid, must be an integer'],
  ],
  [
    'a volume of the past',
    { containers: [], volumes: [{ name: 'v', gitRepo: { repository: 'r' } }] },
    ['spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+'],
  ],
])('%s', (_what, spec, warnings) => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec };
  expect(podWarnings(pod, undefined)).toEqual(warnings);
});
