import { matchesNodeAffinity, type Node, type Pod } from '@kubets/api';
import { allContainers } from './containers.ts';
import { isStaticPod } from './identity.ts';
import { choosesNodes, toleratesTaint } from './node-fit.ts';
import { type Amounts, addAmounts, amountsOf, podRequests } from './requests.ts';
import { qosClass } from './resources.ts';
import { forbiddenSysctl } from './sysctls.ts';

/** Why a node does not take a pod that was bound to it, as the pod's status says it. */
export interface Rejection {
  readonly reason: string;
  readonly message: string;
  /** It follows from the node's labels or taints, which may have changed meanwhile. */
  readonly concernsNode?: boolean;
}

export interface Pressure {
  readonly memory: boolean;
  readonly disk: boolean;
  readonly pid: boolean;
}

export interface AdmissionRequest {
  readonly pod: Pod;
  readonly node: Node | undefined;
  /** Pods that have a place on the node already. */
  readonly others: readonly Pod[];
  readonly allocatable: Readonly<Record<string, string>>;
  readonly pressure: Pressure;
  readonly allowedUnsafeSysctls: readonly string[];
}

const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000;
const MEMORY_PRESSURE_TAINT = { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' };

/** Pods that the node cannot do without: they are not turned away or evicted under pressure. */
export function isCritical(pod: Pod): boolean {
  return isStaticPod(pod) || (pod.spec.priority ?? 0) >= SYSTEM_CRITICAL_PRIORITY;
}

export interface Shortage {
  readonly resource: string;
  readonly requested: number;
  readonly used: number;
  readonly capacity: number;
}

/** The resources that a pod asks for more of than is left beside `others`. */
export function shortages(
  requests: Amounts,
  others: readonly Pod[],
  allocatable: AdmissionRequest['allocatable'],
): Shortage[] {
  const capacities = amountsOf(allocatable);
  const used = new Map<string, number>([['pods', others.length]]);
  for (const other of others) addAmounts(used, podRequests(other));
  return [...new Map([['pods', 1], ...requests])].flatMap(([resource, requested]) => {
    const capacity = capacities.get(resource);
    const taken = used.get(resource) ?? 0;
    // A resource that the node knows nothing of was somebody else's to check.
    if (capacity === undefined || requested === 0 || requested + taken <= capacity) return [];
    return [{ resource, requested, used: taken, capacity }];
  });
}

function notEnough({ pod, others, allocatable }: AdmissionRequest): Rejection | undefined {
  const [short] = shortages(podRequests(pod), others, allocatable);
  if (!short) return undefined;
  const { resource, requested, used, capacity } = short;
  const message = `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  return { reason: `OutOf${resource}`, message };
}

const predicate = (name: string, description: string): Rejection => ({
  reason: name,
  message: `Predicate ${name} failed: ${description}`,
});

interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

function hostPorts(pod: Pod): HostPort[] {
  return allContainers(pod).flatMap(({ spec, kind }) =>
    kind === 'init'
      ? []
      : (spec.ports ?? []).flatMap(({ hostPort, hostIP, protocol = 'TCP' }) =>
          hostPort ? [{ ip: hostIP || '0.0.0.0', protocol, port: hostPort }] : [],
        ),
  );
}

function clash(a: HostPort, b: HostPort): boolean {
  const isSameIp = a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0';
  return isSameIp && a.protocol === b.protocol && a.port === b.port;
}

function portsTaken({ pod, others }: AdmissionRequest): Rejection | undefined {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return undefined;
  const isTaken = others.flatMap(hostPorts).some((port) => wanted.some((each) => clash(each, port)));
  return isTaken ? predicate('NodePorts', "node(s) didn't have free ports for the requested pod ports") : undefined;
}

function wrongNode({ pod, node }: AdmissionRequest): Rejection | undefined {
  if (!node) return undefined;
  const about = (rejection: Rejection): Rejection => ({ ...rejection, concernsNode: true });
  if (choosesNodes(pod) && !matchesNodeAffinity(pod.spec, node))
    return about(predicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector"));
  const taints = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  if (!isStaticPod(pod) && taints.some((taint) => !toleratesTaint(pod, taint)))
    return about(predicate('TaintToleration', "node(s) had taints that the pod didn't tolerate"));
  return undefined;
}

function wrongSystem({ pod, node }: AdmissionRequest): Rejection | undefined {
  if (pod.spec.os?.name && pod.spec.os.name !== 'linux')
    return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
  const wanted = pod.spec.nodeSelector?.['kubernetes.io/os'];
  const actual = node?.metadata.labels?.['kubernetes.io/os'];
  if (wanted === undefined || actual === undefined || wanted === actual) return undefined;
  return {
    reason: 'PodOSSelectorNodeLabelDoesNotMatch',
    message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
    concernsNode: true,
  };
}

function underPressure({ pod, pressure }: AdmissionRequest): Rejection | undefined {
  const { memory, disk, pid } = pressure;
  const conditions = [
    ...(memory ? ['MemoryPressure'] : []),
    ...(disk ? ['DiskPressure'] : []),
    ...(pid ? ['PIDPressure'] : []),
  ];
  if (conditions.length === 0 || isCritical(pod)) return undefined;
  const isOnlyMemory = memory && conditions.length === 1;
  if (isOnlyMemory && (qosClass(pod) !== 'BestEffort' || toleratesTaint(pod, MEMORY_PRESSURE_TAINT))) return undefined;
  return { reason: 'Evicted', message: `The node had condition: [${conditions.join(' ')}]. ` };
}

/** Why the node does not take the pod; undefined when it does. Pure: what is on the node is given. */
export function rejectionOf(request: AdmissionRequest): Rejection | undefined {
  const sysctl = forbiddenSysctl(request.pod, request.allowedUnsafeSysctls);
  return (
    underPressure(request) ??
    (sysctl === undefined ? undefined : { reason: 'SysctlForbidden', message: sysctl }) ??
    wrongSystem(request) ??
    notEnough(request) ??
    wrongNode(request) ??
    portsTaken(request)
  );
}
