import { type JsonObject, type JsonValue, parseYaml } from '@kubets/core';
import type { RemoteEndpoint } from '../webhooks/remote-endpoint.ts';
import type { EventLimit } from './event-rate-limit.ts';
import { type ImagePolicyConfiguration, imagePolicyOf } from './image-policy.ts';
import type { NodeSelectors } from './pod-placement.ts';
import type { TolerationConfiguration } from './pod-toleration-restriction.ts';

/** What pods are held to where a namespace's labels do not say, and who is not held to anything. */
export interface PodSecurityConfiguration {
  /** Such as `enforce: baseline` and `enforce-version: latest`. */
  readonly defaults?: Readonly<Record<string, string>>;
  readonly exemptions?: {
    readonly usernames?: readonly string[];
    readonly namespaces?: readonly string[];
    readonly runtimeClasses?: readonly string[];
  };
}

/** What admission plugins are told by the file of the kind AdmissionConfiguration. */
export interface AdmissionConfiguration {
  readonly podSecurity?: PodSecurityConfiguration;
  readonly eventLimits?: readonly EventLimit[];
  readonly nodeSelectors?: NodeSelectors;
  readonly tolerations?: TolerationConfiguration;
  readonly imagePolicy?: ImagePolicyConfiguration;
}

const LIMIT_TYPES = ['Server', 'Namespace', 'User', 'SourceAndObject'];
const LEVELS = ['privileged', 'baseline', 'restricted'];

/** Reads files that a configuration refers to, whose paths are relative to it. */
interface Sources {
  readonly readFile: (path: string) => string;
  /** Reads a kubeconfig file. */
  readonly endpointOf: (path: string) => RemoteEndpoint;
}

type Reader = (configuration: JsonObject, sources: Sources) => Partial<AdmissionConfiguration>;

/** By the name of the plugin. */
const READERS: Readonly<Record<string, Reader>> = {
  PodSecurity: (given) => ({ podSecurity: podSecurityOf(given) }),
  EventRateLimit: (given) => ({ eventLimits: eventLimitsOf(given) }),
  ImagePolicyWebhook: ({ imagePolicy }, { endpointOf }) => ({
    imagePolicy: imagePolicyOf(objectOf(imagePolicy), endpointOf),
  }),
  PodTolerationRestriction: (given) => ({ tolerations: given as TolerationConfiguration }),
  PodNodeSelector: (given) => ({ nodeSelectors: (given.podNodeSelectorPluginConfig ?? given) as NodeSelectors }),
};

/**
 * Reads a file of the kind AdmissionConfiguration of apiserver.config.k8s.io/v1, and those that it refers to. Throws an Error that
 * says what is wrong.
 */
export function parseAdmissionConfiguration(text: string, sources: Sources): AdmissionConfiguration {
  const document = objectOf(parseYaml(text).value);
  if (document.kind !== 'AdmissionConfiguration' || document.apiVersion !== 'apiserver.config.k8s.io/v1')
    throw new Error(
      `no AdmissionConfiguration of apiserver.config.k8s.io/v1: ${document.apiVersion}, Kind=${document.kind}`,
    );
  const plugins = Array.isArray(document.plugins) ? document.plugins.map(objectOf) : [];
  return Object.assign({}, ...plugins.map((plugin) => configurationOf(plugin, sources)));
}

function configurationOf({ name, path, configuration }: JsonObject, sources: Sources) {
  const reader = READERS[String(name)];
  if (!reader) throw new Error(`the configuration of the admission plugin ${JSON.stringify(name)} is not implemented`);
  const given = path ? parseYaml(sources.readFile(String(path))).value : (configuration ?? null);
  return reader(objectOf(given), sources);
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function podSecurityOf(given: JsonObject): PodSecurityConfiguration {
  const { defaults = {}, exemptions = {} } = given as unknown as PodSecurityConfiguration;
  for (const mode of ['enforce', 'audit', 'warn']) {
    const level = defaults[mode];
    if (level !== undefined && !LEVELS.includes(level))
      throw new Error(`defaults.${mode}: Invalid value: ${JSON.stringify(level)}: must be one of ${LEVELS.join(', ')}`);
  }
  return { defaults, exemptions };
}

function eventLimitsOf({ limits }: JsonObject): EventLimit[] {
  const given = Array.isArray(limits) ? limits.map(objectOf) : [];
  if (given.length === 0) throw new Error('limits: Invalid value: must not be empty');
  return given.map((limit, index) => {
    const at = `limits[${index}]`;
    if (!LIMIT_TYPES.includes(String(limit.type))) {
      const supported = LIMIT_TYPES.map((type) => `"${type}"`).join(', ');
      throw new Error(`${at}.type: Unsupported value: "${limit.type}": supported values: ${supported}`);
    }
    for (const name of ['burst', 'qps'])
      if (!(Number(limit[name]) > 0)) throw new Error(`${at}.${name}: Invalid value: ${limit[name]}: must be positive`);
    return limit as unknown as EventLimit;
  });
}
