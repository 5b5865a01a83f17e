export { type DnsServer, type DnsServerOptions, startDnsServer } from './server.ts';
