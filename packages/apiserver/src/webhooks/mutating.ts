import type { MutatingWebhook } from '@kubets/api';
import {
  applyJsonPatch,
  internalError,
  type JsonObject,
  type JsonPatchOperation,
  type JsonValue,
  type KubeObject,
  sameJson,
} from '@kubets/core';
import type { AdmissionPlugin, AdmissionRequest } from '../admission/admission.ts';
import { decodePatched } from '../registry/body.ts';
import type { BodyForm } from '../registry/resource.ts';
import type { Invocation, Registered, Webhooks } from './webhooks.ts';

const RESOURCE = 'mutatingwebhookconfigurations';

/** What the first round of asking left for a second one. */
interface Round {
  /** Webhooks asked so far that want to see what comes after them. */
  readonly reinvocable: Set<string>;
  /** Those of them that have to be asked again. */
  readonly pending: Set<string>;
  /** The object as the round left it; undefined where no webhook would be asked again. */
  readonly output: KubeObject | undefined;
}

/**
 * Shows each write to the mutating webhooks that it concerns, one after the other. When one of them has changed the object, the
 * mutating plugins run a second time; webhooks are then asked again only if they want to be and something changed behind them.
 */
export function mutatingWebhooks(webhooks: Webhooks): AdmissionPlugin {
  const rounds = new WeakMap<AdmissionRequest, Round>();
  return {
    name: 'MutatingAdmissionWebhook',
    handles: () => true,
    mutate: (admission) => {
      if (webhooks.hasNone(RESOURCE)) return;
      return mutateByAll(webhooks, admission, rounds);
    },
  };
}

async function mutateByAll(
  webhooks: Webhooks,
  admission: AdmissionRequest,
  rounds: WeakMap<AdmissionRequest, Round>,
): Promise<'again' | undefined> {
  const registered = (await webhooks.registered(RESOURCE)) as readonly Registered<MutatingWebhook>[];
  if (registered.length === 0) return undefined;
  const first = rounds.get(admission);
  const round = await runRound(webhooks, admission, { registered, first });
  if (first) return undefined;
  const { object } = admission;
  const output = round.reinvocable.size > 0 && object ? structuredClone(object) : undefined;
  rounds.set(admission, { ...round, output });
  return round.changed && object ? 'again' : undefined;
}

async function runRound(
  webhooks: Webhooks,
  admission: AdmissionRequest,
  { registered, first }: { registered: readonly Registered<MutatingWebhook>[]; first: Round | undefined },
) {
  const reinvocable = new Set(first?.reinvocable);
  const pending = new Set(first?.pending);
  // Other plugins have changed the object since the webhooks saw it.
  if (first?.output && !sameJson(first.output, admission.object)) for (const id of reinvocable) pending.add(id);
  let changed = false;
  for (const [index, each] of registered.entries()) {
    if (first && !pending.has(each.id)) continue;
    const invocation = await webhooks.invocation(each, admission);
    if (!invocation) continue;
    const place = `round_${first ? 1 : 0}_index_${index}`;
    if (await mutateBy(webhooks, invocation, { admission, place })) {
      changed = true;
      for (const id of reinvocable) pending.add(id);
    }
    if (each.webhook.reinvocationPolicy === 'IfNeeded') reinvocable.add(each.id);
  }
  return { reinvocable, pending, changed };
}

/** Asks one webhook and makes its changes. True when there were any. `place` says when it was asked. */
async function mutateBy(
  webhooks: Webhooks,
  invocation: Invocation<MutatingWebhook>,
  { admission, place }: { admission: AdmissionRequest; place: string },
): Promise<boolean> {
  const { webhook } = invocation.registered;
  const as = invocation.as.bodyOf(admission.subresource);
  try {
    const { patch } = await webhooks.ask(invocation, admission, true);
    const isChanged = patch.length > 0 && change(admission, { patch, as, name: webhook.name });
    note(invocation, { admission, place, patch, isChanged });
    return isChanged;
  } catch (error) {
    note(invocation, { admission, place, patch: [], isChanged: false });
    webhooks.settle(invocation, error, admission, `mutation.webhook.admission.k8s.io/${place}`);
    return false;
  }
}

interface Outcome {
  readonly admission: AdmissionRequest;
  readonly place: string;
  readonly patch: readonly JsonPatchOperation[];
  readonly isChanged: boolean;
}

/** Tells the record of the request whether the webhook has changed the object and, where bodies are recorded, how. */
function note({ registered }: Invocation, { admission, place, patch, isChanged }: Outcome): void {
  const { audit } = admission.request;
  if (!audit) return;
  const who = { configuration: registered.configuration, webhook: registered.webhook.name };
  audit.annotate(`mutation.webhook.admission.k8s.io/${place}`, JSON.stringify({ ...who, mutated: isChanged }));
  if (patch.length === 0 || !audit.takesRequest) return;
  const change = { ...who, patch, patchType: 'JSONPatch' };
  audit.annotate(`patch.webhook.admission.k8s.io/${place}`, JSON.stringify(change));
}

function change(
  { object }: AdmissionRequest,
  { patch, as, name }: { patch: readonly JsonPatchOperation[]; as: BodyForm; name: string },
): boolean {
  if (!object) {
    const text = `admission webhook ${JSON.stringify(name)} attempted to modify the object, which is not supported for this operation`;
    throw internalError(new Error(text));
  }
  let patched: JsonValue;
  try {
    patched = applyJsonPatch(as.fromStored(object) as unknown as JsonObject, patch);
  } catch (error) {
    throw internalError(error);
  }
  return replaceDraft(object, patched as JsonObject, as);
}

/** Puts a changed object, in the form `as`, in place of the draft. True when it is another than before. */
export function replaceDraft(draft: KubeObject, changed: JsonObject, as: BodyForm): boolean {
  // The options of a connection are no object of the resource's kind.
  if (draft.metadata === undefined) return replaceAll(draft, structuredClone(changed));
  const { draft: decoded } = decodePatched(structuredClone(changed), as);
  return replaceAll(draft, as.toStored(decoded) as unknown as Record<string, unknown>);
}

function replaceAll(draft: KubeObject, by: Record<string, unknown>): boolean {
  if (sameJson(by, draft)) return false;
  const target = draft as unknown as Record<string, unknown>;
  for (const name of Object.keys(target)) if (!(name in by)) delete target[name];
  Object.assign(target, by);
  return true;
}
