export { applyNft, removeNftTable } from './nft.ts';
export { type Proxy, type ProxyOptions, prepareKernel, startProxy } from './proxy.ts';
