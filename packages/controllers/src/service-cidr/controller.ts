import { type IPAddress, ipAddressKind, type ServiceCIDR, serviceCIDRKind } from '@kubets/api';
import { parseTime } from '@kubets/client';
import { type Cidr, cidrContains, parseCidr, parseIp } from '@kubets/core';
import { withCondition } from '../conditions.ts';
import { type Controller, type ControllerContext, watch } from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';

const FINALIZER = 'networking.k8s.io/service-cidr-finalizer';
const ALLOCATED = { label: 'ipaddress.kubernetes.io/managed-by', value: 'ipallocator.k8s.io' };
/** So long a range that goes is kept, for allocators that have not heard of it yet. */
const DELETION_GRACE_MS = 10_000;

const READY = { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' };
const HELD = {
  type: 'Ready',
  status: 'False',
  reason: 'Terminating',
  message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
};

const isDeleting = ({ metadata }: ServiceCIDR) => metadata.deletionTimestamp !== undefined;
const blocksOf = ({ spec }: ServiceCIDR): Cidr[] =>
  (spec.cidrs ?? []).map((text) => parseCidr(text)).filter((cidr) => cidr !== undefined);

/** Whether addresses of services would be left outside of any range if this one went. */
export function isHeld(range: ServiceCIDR, ranges: readonly ServiceCIDR[], addresses: readonly IPAddress[]): boolean {
  const others = ranges
    .filter((other) => other.metadata.uid !== range.metadata.uid && !isDeleting(other))
    .flatMap(blocksOf);
  const own = blocksOf(range);
  return addresses.some(({ metadata }) => {
    if (metadata.labels?.[ALLOCATED.label] !== ALLOCATED.value) return false;
    const address = parseIp(metadata.name ?? '');
    const within = (cidr: Cidr) => address !== undefined && cidrContains(cidr, address);
    return own.some(within) && !others.some(within);
  });
}

/** Says of each range of service addresses that it can be used, and keeps it for as long as its addresses are in use. */
export function serviceCidrController(context: ControllerContext): Controller {
  const { client, clock } = context;
  const ranges = context.informers.informer(serviceCIDRKind);
  const addresses = context.informers.informer(ipAddressKind);
  const resource = client.resource(serviceCIDRKind);
  const name = ({ metadata }: ServiceCIDR) => metadata.name ?? '';
  const leaving = () => ranges.store.list().filter(isDeleting).map(name);

  async function tell(range: ServiceCIDR, condition: typeof READY): Promise<void> {
    const old = range.status?.conditions ?? [];
    const isTold = old.some(({ type, status }) => type === condition.type && status === condition.status);
    if (isTold) return;
    const conditions = withCondition(old, condition, clock.now());
    await ignoring(resource.updateStatus({ ...range, status: { ...range.status, conditions } }), 'NotFound');
  }

  async function patch(range: ServiceCIDR, metadata: object): Promise<void> {
    const target = { namespace: '', name: name(range) };
    await ignoring(
      resource.patch(target, 'strategic', { metadata: { uid: range.metadata.uid, ...metadata } }),
      'NotFound',
      'Conflict',
    );
  }

  async function remove(range: ServiceCIDR) {
    if (!range.metadata.finalizers?.includes(FINALIZER)) return;
    if (isHeld(range, ranges.store.list(), addresses.store.list())) return tell(range, HELD);
    const leftMs = parseTime(range.metadata.deletionTimestamp) + DELETION_GRACE_MS - clock.now();
    if (leftMs > 0) return { afterMs: leftMs };
    await patch(range, { '$deleteFromPrimitiveList/finalizers': [FINALIZER] });
  }

  return {
    name: 'service-cidr-controller',
    watches: [
      watch(ranges, ({ object }) => [name(object), ...leaving()]),
      watch(addresses, ({ type }) => (type === 'deleted' ? leaving() : [])),
    ],
    async reconcile(key) {
      const range = ranges.store.get(key);
      if (!range) return;
      if (isDeleting(range)) return remove(range);
      if (!range.metadata.finalizers?.includes(FINALIZER)) await patch(range, { finalizers: [FINALIZER] });
      await tell(ranges.store.get(key) ?? range, READY);
    },
  };
}
