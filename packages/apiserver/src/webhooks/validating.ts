import type { AdmissionPlugin, AdmissionRequest } from '../admission/admission.ts';
import type { Invocation, Webhooks } from './webhooks.ts';

const RESOURCE = 'validatingwebhookconfigurations';

/** Shows each write to the validating webhooks that it concerns, to all of them at once. */
export function validatingWebhooks(webhooks: Webhooks): AdmissionPlugin {
  return {
    name: 'ValidatingAdmissionWebhook',
    handles: () => true,
    validate(admission) {
      return webhooks.hasNone(RESOURCE) ? undefined : validateByAll(webhooks, admission);
    },
  };
}

async function validateByAll(webhooks: Webhooks, admission: AdmissionRequest): Promise<void> {
  const registered = await webhooks.registered(RESOURCE);
  const concerned: Invocation[] = [];
  for (const each of registered) {
    const invocation = await webhooks.invocation(each, admission);
    if (invocation) concerned.push(invocation);
  }
  const failures: unknown[] = [];
  const asked = concerned.map(async (invocation, index) => {
    const noteAs = `validating.webhook.admission.k8s.io/round_0_index_${index}`;
    try {
      await webhooks
        .ask(invocation, admission, false)
        .catch((error) => webhooks.settle(invocation, error, admission, noteAs));
    } catch (error) {
      failures.push(error);
    }
  });
  await Promise.all(asked);
  if (failures.length > 0) throw failures[0];
}
