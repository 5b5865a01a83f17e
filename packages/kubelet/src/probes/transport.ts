/** Result of one probe; `output` is what events say. `warning` counts as success. */
export interface ProbeOutcome {
  readonly result: 'success' | 'failure' | 'warning' | 'unknown';
  readonly output: string;
}

export interface HttpProbe {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly timeoutMs: number;
}

export interface TcpProbe {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

export interface GrpcProbe extends TcpProbe {
  readonly service: string;
}

/** How the kubelet reaches into pods over their network. */
export interface ProbeTransport {
  http(probe: HttpProbe): Promise<ProbeOutcome>;
  tcp(probe: TcpProbe): Promise<ProbeOutcome>;
  grpc(probe: GrpcProbe): Promise<ProbeOutcome>;
}
