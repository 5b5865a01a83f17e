import { type CertificateSigningRequest, certificateSigningRequestKind } from '@kubets/api';
import { formatTime, keyOf, parseTime } from '@kubets/client';
import { StatusError } from '@kubets/core';
import { type Controller, type ControllerContext, every, reads, watch } from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';

const CLEAN_PERIOD_MS = 60_000;
const HOUR_MS = 3_600_000;
const SIGNERS = new Set([
  'kubernetes.io/kube-apiserver-client',
  'kubernetes.io/kube-apiserver-client-kubelet',
  'kubernetes.io/kubelet-serving',
  'kubernetes.io/legacy-unknown',
]);

/** Certificates need keys and cryptography, which only the host has. */
export interface CertificateAuthority {
  /** The certificate chain in PEM, base64. Throws a `StatusError` of reason Invalid for a request that the signer must not sign. */
  sign(request: CertificateSigningRequest): Promise<string>;
  /** Whether a kubelet asks for its own client certificate, so that it may be approved without a person. */
  isKubeletClient(request: CertificateSigningRequest): Promise<boolean>;
}

const conditionOf = ({ status }: CertificateSigningRequest, type: string) =>
  status?.conditions?.find((condition) => condition.type === type);

/** Approves kubelets' own client certificates and signs what is approved. */
export function certificateSigningController(context: ControllerContext, authority: CertificateAuthority): Controller {
  const requests = context.informers.informer(certificateSigningRequestKind);
  const client = context.client.resource(certificateSigningRequestKind);

  return {
    name: 'certificatesigningrequest-signing',
    watches: [watch(requests, ({ type, object }) => (type === 'deleted' ? [] : [keyOf(object)]))],
    async reconcile(key) {
      const request = requests.store.get(key);
      if (!request || request.status?.certificate || conditionOf(request, 'Denied') || conditionOf(request, 'Failed'))
        return;
      if (!SIGNERS.has(request.spec.signerName)) return;
      const approved = conditionOf(request, 'Approved') ? request : await approve(request);
      if (approved) await sign(approved);
    },
  };

  async function approve(request: CertificateSigningRequest): Promise<CertificateSigningRequest | undefined> {
    if (request.spec.signerName !== 'kubernetes.io/kube-apiserver-client-kubelet') return undefined;
    if (!(await authority.isKubeletClient(request))) return undefined;
    const message = 'Auto approving kubelet client certificate after SubjectAccessReview.';
    return client.updateSubresource('approval', withCondition(request, 'Approved', 'AutoApproved', message));
  }

  async function sign(request: CertificateSigningRequest): Promise<void> {
    try {
      const certificate = await authority.sign(request);
      await client.updateStatus({ ...request, status: { ...request.status, certificate } });
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'Invalid') throw error;
      await client.updateStatus(withCondition(request, 'Failed', 'SignerValidationFailure', error.message));
    }
  }

  function withCondition(
    request: CertificateSigningRequest,
    type: string,
    reason: string,
    message: string,
  ): CertificateSigningRequest {
    const now = formatTime(context.clock.now());
    const condition = { type, status: 'True', reason, message, lastUpdateTime: now, lastTransitionTime: now };
    return {
      ...request,
      status: { ...request.status, conditions: [...(request.status?.conditions ?? []), condition] },
    };
  }
}

/** Whether a request has lain about long enough to be cleared away. */
export function isStaleRequest(request: CertificateSigningRequest, nowMs: number): boolean {
  const olderThan = (since: string | undefined, ms: number) => nowMs - parseTime(since) > ms;
  const created = request.metadata.creationTimestamp;
  const decided = request.status?.conditions ?? [];
  if (decided.length === 0) return olderThan(created, 24 * HOUR_MS);
  return decided.some(({ lastUpdateTime }) => olderThan(lastUpdateTime ?? created, HOUR_MS));
}

/** Deletes certificate requests that are done with, or that nobody cares for. */
export function certificateCleaner(context: ControllerContext): Controller {
  const requests = context.informers.informer(certificateSigningRequestKind);

  return {
    name: 'certificatesigningrequest-cleaner',
    watches: [every(context.clock, CLEAN_PERIOD_MS), reads(requests)],
    async reconcile() {
      for (const request of requests.store.list()) {
        if (!isStaleRequest(request, context.clock.now())) continue;
        await ignoring(
          context.client.resource(certificateSigningRequestKind).delete('', request.metadata.name ?? ''),
          'NotFound',
        );
      }
    },
  };
}
