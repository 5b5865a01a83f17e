import type { Secret } from '@kubets/api';
import { decodeText } from '../pod/environment.ts';
import type { RegistryAuth } from '../runtime.ts';

interface DockerEntry {
  username?: string;
  password?: string;
  auth?: string;
  identitytoken?: string;
}

/** The registry host and repository of an image name; Docker Hub's names are written out. */
export function registryOf(image: string): { host: string; path: string } {
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  const isHost = first.includes('.') || first.includes(':') || first === 'localhost';
  const host = isHost ? first : 'docker.io';
  const rest = (isHost ? image.slice(slash + 1) : image).replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return { host, path: !isHost && slash < 0 ? `library/${rest}` : rest };
}

function entriesOf(secret: Secret): [string, DockerEntry][] {
  try {
    if (secret.type === 'kubernetes.io/dockerconfigjson')
      return Object.entries(JSON.parse(decodeText(secret.data?.['.dockerconfigjson'] ?? '')).auths ?? {});
    if (secret.type === 'kubernetes.io/dockercfg')
      return Object.entries(JSON.parse(decodeText(secret.data?.['.dockercfg'] ?? '')));
  } catch {
    // A secret that does not parse gives no credentials; the pull then says what is missing.
  }
  return [];
}

/** `https://index.docker.io/v1/` and `docker.io` are one registry. */
function normalize(server: string): { host: string; path: string } {
  const bare = server.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  const slash = bare.indexOf('/');
  const host = slash < 0 ? bare : bare.slice(0, slash);
  const path = slash < 0 ? '' : bare.slice(slash + 1).replace(/^v[12]$/, '');
  return { host: host === 'index.docker.io' ? 'docker.io' : host, path };
}

function hostMatches(pattern: string, host: string): boolean {
  const patterns = pattern.split('.');
  const parts = host.split('.');
  return patterns.length === parts.length && patterns.every((part, index) => part === '*' || part === parts[index]);
}

/** Without the server's address: runtimes leave out credentials whose address is not a URL of the very host. */
function toAuth(entry: DockerEntry): RegistryAuth {
  const [username = '', ...password] = entry.auth ? decodeText(entry.auth).split(':') : [];
  return {
    username: entry.username ?? username,
    password: entry.password ?? password.join(':'),
    ...(entry.identitytoken ? { identityToken: entry.identitytoken } : {}),
  };
}

/** Credentials in the secrets that fit an image, the most specific first. */
export function credentialsFor(image: string, secrets: readonly Secret[]): RegistryAuth[] {
  const { host, path } = registryOf(image);
  const matches = secrets.flatMap(entriesOf).flatMap(([server, entry]) => {
    const target = normalize(server);
    const fits = hostMatches(target.host, host) && (target.path === '' || path.startsWith(target.path));
    return fits ? [{ length: target.path.length, auth: toAuth(entry) }] : [];
  });
  return matches.sort((a, b) => b.length - a.length).map(({ auth }) => auth);
}
