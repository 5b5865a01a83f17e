// Runs api-server.ts; node's own flags may be given in NODE_FLAGS (--cpu-prof, say).
import { launch } from './launch.mjs';

// As `kubets server` runs (packages/kubets/src/cluster/processes.ts says why).
const SERVER_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=100', '--interrupt-budget=10000'];
const ENVIRONMENT = { MALLOC_ARENA_MAX: '2' };

const more = (process.env.NODE_FLAGS ?? '').split(' ').filter(Boolean);
await launch('api-server.ts', { flags: [...SERVER_FLAGS, ...more], environment: ENVIRONMENT });
