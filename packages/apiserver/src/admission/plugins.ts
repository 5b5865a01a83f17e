import type { ServerContext } from '../server-context.ts';
import type { HttpsCaller } from '../webhooks/https-caller.ts';
import type { AdmissionPlugin } from './admission.ts';
import { alwaysAdmit, alwaysDeny } from './always.ts';
import { alwaysPullImages } from './always-pull-images.ts';
import { certificateSubjectRestriction } from './certificates.ts';
import type { AdmissionConfiguration } from './configuration.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { eventRateLimit } from './event-rate-limit.ts';
import { checkImagePolicy, imagePolicyWebhook } from './image-policy.ts';
import { limitRanger } from './limit-ranger.ts';
import { Lookup } from './lookup.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { namespaceAutoProvision, namespaceExists } from './namespace-provision.ts';
import { nodeRestriction } from './node-restriction.ts';
import { extendedResourceToleration, limitPodHardAntiAffinityTopology, podNodeSelector } from './pod-placement.ts';
import { podSecurity } from './pod-security.ts';
import { podTolerationRestriction } from './pod-toleration-restriction.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { priority } from './priority.ts';
import { resourceQuota } from './resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { denyServiceExternalIps } from './service-external-ips.ts';
import {
  defaultIngressClass,
  defaultStorageClass,
  persistentVolumeClaimResize,
  storageObjectInUseProtection,
  taintNodesByCondition,
} from './storage-defaults.ts';

/** Plugins that do their work only where they are asked for by name. */
const OFF_BY_DEFAULT = new Set([
  'AlwaysAdmit',
  'AlwaysDeny',
  'AlwaysPullImages',
  'DenyServiceExternalIPs',
  'EventRateLimit',
  'ExtendedResourceToleration',
  'ImagePolicyWebhook',
  'LimitPodHardAntiAffinityTopology',
  'NamespaceAutoProvision',
  'NamespaceExists',
  'OwnerReferencesPermissionEnforcement',
  'PodNodeSelector',
  'PodTolerationRestriction',
]);
/** Names of Kubernetes' plugins that are not built: leaving them out is no mistake, asking for them is. */
const NOT_BUILT = new Set(['ClusterTrustBundleAttest', 'NodeDeclaredFeatureValidator']);

/** Names of those that are added behind the built-in ones. */
const FURTHER = [
  'CertificateApproval',
  'CertificateSigning',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'OwnerReferencesPermissionEnforcement',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
];

/** Which plugins run, beside or instead of the usual ones, and what they are told. */
export interface AdmissionChoice {
  readonly enabled?: readonly string[] | undefined;
  readonly disabled?: readonly string[] | undefined;
  readonly configuration?: AdmissionConfiguration | undefined;
}

interface Parts {
  readonly server: () => ServerContext;
  /** Those that the assembler adds, such as webhooks. */
  readonly further: readonly AdmissionPlugin[];
  readonly caller: HttpsCaller | undefined;
}

/** The chosen admission plugins in their order. Throws an Error for names that no plugin has. */
export function chosenPlugins(choice: AdmissionChoice, parts: Parts): AdmissionPlugin[] {
  const all = allPlugins(choice.configuration ?? {}, parts);
  checkNames(choice, new Set(all.map(({ name }) => name)));
  const { enabled = [], disabled = [] } = choice;
  if (enabled.includes('ImagePolicyWebhook') && !parts.caller)
    throw new Error('image policy webhooks are not implemented by this server');
  return all.filter(({ name }) => !disabled.includes(name) && (!OFF_BY_DEFAULT.has(name) || enabled.includes(name)));
}

/** Whether a server could be started with these plugins. Throws an Error for names that no plugin has. */
export function checkAdmissionPlugins(choice: AdmissionChoice): void {
  const none = () => {
    throw new Error('there is no server yet');
  };
  const parts = { server: none, further: [], caller: undefined };
  checkNames(choice, new Set([...allPlugins({}, parts).map(({ name }) => name), ...FURTHER]));
}

function checkNames({ enabled = [], disabled = [], configuration }: AdmissionChoice, known: ReadonlySet<string>): void {
  checkImagePolicy(enabled.includes('ImagePolicyWebhook'), configuration?.imagePolicy);
  for (const name of enabled) {
    if (!known.has(name) && NOT_BUILT.has(name)) throw new Error(`the admission plugin ${name} is not implemented`);
    if (!known.has(name)) throw new Error(`enable-admission-plugins plugin "${name}" is unknown`);
    if (disabled.includes(name))
      throw new Error(`${name} in enable-admission-plugins and disable-admission-plugins overlapped`);
  }
  for (const name of disabled)
    if (!known.has(name) && !NOT_BUILT.has(name))
      throw new Error(`disable-admission-plugins plugin "${name}" is unknown`);
}

function allPlugins(configuration: AdmissionConfiguration, { server, further, caller }: Parts): AdmissionPlugin[] {
  const lookup = new Lookup(server);
  return [
    alwaysAdmit,
    namespaceAutoProvision(lookup),
    namespaceLifecycle(lookup),
    namespaceExists(lookup),
    limitPodHardAntiAffinityTopology,
    limitRanger(lookup),
    serviceAccount(lookup),
    nodeRestriction,
    taintNodesByCondition,
    alwaysPullImages,
    imagePolicyWebhook(configuration.imagePolicy, { clock: () => server().clock, caller }),
    podSecurity(lookup, configuration.podSecurity),
    podNodeSelector(lookup, configuration.nodeSelectors),
    priority(lookup),
    defaultTolerationSeconds,
    podTolerationRestriction(lookup, configuration.tolerations),
    eventRateLimit(configuration.eventLimits ?? [], () => server().clock),
    extendedResourceToleration,
    defaultStorageClass(lookup),
    storageObjectInUseProtection,
    persistentVolumeClaimResize(lookup),
    runtimeClass(lookup),
    certificateSubjectRestriction,
    defaultIngressClass(lookup),
    denyServiceExternalIps,
    podTopologyLabels(lookup),
    ...further,
    resourceQuota(lookup),
    alwaysDeny,
  ];
}
