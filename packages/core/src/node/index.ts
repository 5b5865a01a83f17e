export { endOfTurn, hostClock, hostRandom } from './host.ts';
export { consoleLogger } from './logger.ts';
