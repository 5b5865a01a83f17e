import type { ConfigMap, Container, EnvVar, Pod, Secret, Service } from '@kubets/api';
import { parseEnvFile } from './env-file.ts';
import { expand } from './expansion.ts';
import { type DownwardContext, fieldValue, namedContainer, resourceValue } from './field-reference.ts';

/** Objects that a pod refers to; undefined where they do not exist. */
export interface ConfigSources {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
}

export interface EnvironmentOptions {
  readonly pod: Pod;
  readonly container: Container;
  readonly services: readonly Service[];
  readonly sources: ConfigSources;
  readonly context: DownwardContext;
  /** Text of a file in one of the pod's volumes; undefined where there is none. */
  readVolumeFile(volume: string, path: string): Promise<string | undefined>;
}

/** Decodes base64 into text. */
export function decodeText(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
}

const variableName = (name: string) => name.toUpperCase().replaceAll('-', '_');

/** The variables that announce one service, in the style of container links. */
function serviceVariables(service: Service): [string, string][] {
  const host = service.spec?.clusterIP ?? '';
  const ports = service.spec?.ports ?? [];
  const first = ports[0];
  if (!first) return [];
  const prefix = variableName(service.metadata.name ?? '');
  const url = (port: number, protocol: string) =>
    `${protocol.toLowerCase()}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const variables: [string, string][] = [
    [`${prefix}_SERVICE_HOST`, host],
    [`${prefix}_SERVICE_PORT`, String(first.port)],
  ];
  for (const port of ports)
    if (port.name) variables.push([`${prefix}_SERVICE_PORT_${variableName(port.name)}`, String(port.port)]);
  variables.push([`${prefix}_PORT`, url(first.port, first.protocol ?? 'TCP')]);
  for (const { port, protocol = 'TCP' } of ports) {
    const base = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    variables.push([base, url(port, protocol)], [`${base}_PROTO`, protocol.toLowerCase()]);
    variables.push([`${base}_PORT`, String(port)], [`${base}_ADDR`, host]);
  }
  return variables;
}

/** Services that a pod hears of: the API server's own, and those of its namespace unless it wants none. */
function announcedServices({ pod, services }: EnvironmentOptions): Service[] {
  const wantsAll = pod.spec.enableServiceLinks ?? true;
  const chosen = new Map<string, Service>();
  for (const service of services) {
    const { name = '', namespace } = service.metadata;
    const ip = service.spec?.clusterIP;
    if (!ip || ip === 'None') continue;
    if (namespace === pod.metadata.namespace && wantsAll) chosen.set(name, service);
    else if (namespace === 'default' && name === 'kubernetes' && !chosen.has(name)) chosen.set(name, service);
  }
  return [...chosen.values()];
}

async function fromSources(options: EnvironmentOptions): Promise<[string, string][]> {
  const { pod, container, sources } = options;
  const namespace = pod.metadata.namespace ?? '';
  const variables: [string, string][] = [];
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const reference = configMapRef ?? secretRef;
    if (!reference) continue;
    const name = reference.name ?? '';
    const data = configMapRef
      ? ((await sources.configMap(namespace, name))?.data ??
        (await missing('configmap', name, configMapRef.optional, () => sources.configMap(namespace, name))))
      : (mapValues((await sources.secret(namespace, name))?.data, decodeText) ??
        (await missing('secret', name, secretRef?.optional, () => sources.secret(namespace, name))));
    for (const [key, value] of Object.entries(data)) variables.push([prefix + key, value]);
  }
  return variables;
}

/** An object without data counts as empty; one that does not exist fails unless it is optional. */
async function missing(
  kind: string,
  name: string,
  optional: boolean | undefined,
  read: () => Promise<unknown>,
): Promise<Record<string, string>> {
  if (!optional && (await read()) === undefined) throw new Error(`${kind} "${name}" not found`);
  return {};
}

function mapValues(data: Record<string, string> | undefined, change: (value: string) => string) {
  return data && Object.fromEntries(Object.entries(data).map(([key, value]) => [key, change(value)]));
}

/** The value of a variable with `valueFrom`; undefined where an optional source is missing. */
async function referencedValue(variable: EnvVar, options: EnvironmentOptions): Promise<string | undefined> {
  const { pod, container, sources, context } = options;
  const namespace = pod.metadata.namespace ?? '';
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = variable.valueFrom ?? {};
  if (fieldRef) return fieldValue(pod, fieldRef.fieldPath, context);
  if (resourceFieldRef) {
    const { containerName } = resourceFieldRef;
    return resourceValue(containerName ? namedContainer(pod, containerName) : container, resourceFieldRef, context);
  }
  if (configMapKeyRef) {
    const { name = '', key, optional } = configMapKeyRef;
    const found = await sources.configMap(namespace, name);
    if (!found && !optional) throw new Error(`configmap "${name}" not found`);
    const value = found?.data?.[key];
    if (value === undefined && !optional) throw new Error(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
    return value;
  }
  if (secretKeyRef) {
    const { name = '', key, optional } = secretKeyRef;
    const found = await sources.secret(namespace, name);
    if (!found && !optional) throw new Error(`secret "${name}" not found`);
    const value = found?.data?.[key];
    if (value === undefined && !optional) throw new Error(`couldn't find key ${key} in Secret ${namespace}/${name}`);
    return value === undefined ? undefined : decodeText(value);
  }
  if (fileKeyRef) {
    const { volumeName, path, key, optional } = fileKeyRef;
    const text = await options.readVolumeFile(volumeName, path);
    if (text === undefined && !optional) throw new Error(`environment variable file ${JSON.stringify(path)} not found`);
    const value = text === undefined ? undefined : parseEnvFile(text).get(key);
    if (value === undefined && !optional)
      throw new Error(`environment variable key ${JSON.stringify(key)} not found in file ${JSON.stringify(path)}`);
    return value;
  }
  return undefined;
}

/**
 * The environment of a container: services, then `envFrom`, then `env` in order, later ones replacing earlier ones, each able
 * to refer to those before it. Throws with the message that a CreateContainerConfigError carries.
 */
export async function containerEnvironment(options: EnvironmentOptions): Promise<ReadonlyMap<string, string>> {
  const result = new Map<string, string>();
  for (const [name, value] of await fromSources(options)) result.set(name, value);
  const services = new Map(announcedServices(options).flatMap(serviceVariables));
  const known = new Map([...services, ...result]);
  for (const variable of options.container.env ?? []) {
    const value = variable.valueFrom ? await referencedValue(variable, options) : expand(variable.value ?? '', known);
    if (value === undefined) continue;
    known.set(variable.name, value);
    result.set(variable.name, value);
  }
  for (const [name, value] of services) if (!result.has(name)) result.set(name, value);
  return result;
}
