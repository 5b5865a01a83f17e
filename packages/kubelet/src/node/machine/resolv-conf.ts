import { existsSync, readFileSync } from 'node:fs';
import type { DnsConfig } from '../../runtime.ts';

/** systemd-resolved's list of the real servers, for machines whose resolv.conf names only the local stub. */
const RESOLVED_FILE = '/run/systemd/resolve/resolv.conf';

/** Reads resolver settings from a file in resolv.conf's format. */
export function parseResolvConf(text: string): DnsConfig {
  const servers: string[] = [];
  let searches: string[] = [];
  let options: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword = '', ...words] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && words[0]) servers.push(words[0]);
    else if (keyword === 'search') searches = words;
    else if (keyword === 'domain') searches = words.slice(0, 1);
    else if (keyword === 'options') options = words;
  }
  return { servers, searches, options };
}

/** The node's own resolver settings. */
export function hostResolvConf(path = '/etc/resolv.conf'): DnsConfig {
  const config = parseResolvConf(existsSync(path) ? readFileSync(path, 'utf8') : '');
  const isStub = config.servers.length === 1 && config.servers[0] === '127.0.0.53';
  return isStub && existsSync(RESOLVED_FILE) ? parseResolvConf(readFileSync(RESOLVED_FILE, 'utf8')) : config;
}
