import type { AdmissionPlugin } from '../admission/admission.ts';
import type { Invocation, Webhooks } from './webhooks.ts';

const RESOURCE = 'validatingwebhookconfigurations';

/** Shows each write to the validating webhooks that it concerns, to all of them at once. */
export function validatingWebhooks(webhooks: Webhooks): AdmissionPlugin {
  return {
    name: 'ValidatingAdmissionWebhook',
    handles: () => true,
    async validate(admission) {
      const registered = await webhooks.registered(RESOURCE);
      if (registered.length === 0) return;
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
    },
  };
}
