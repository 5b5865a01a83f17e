// Bundles and runs scheduler.ts: how many pods per second the scheduler alone binds. NODES and PODS say how many there are.
import { runBundled } from './bundle.mjs';

await runBundled('scheduler', ['--max-semi-space-size=8']);
