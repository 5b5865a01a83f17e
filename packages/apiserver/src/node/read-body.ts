import type { Readable } from 'node:stream';
import { StatusError } from '@kubets/core';

const NOTHING = new Uint8Array(0);

export function tooLarge(maxBytes: number): StatusError {
  const message = `Request entity too large: limit is ${maxBytes}`;
  return new StatusError({ code: 413, reason: 'RequestEntityTooLarge', message });
}

/** Collects a request body. Throws 413 beyond `maxBytes`, 400 when the client breaks off. */
export function readBody(source: Readable, announcedBytes: number, maxBytes: number): Promise<Uint8Array> {
  if (announcedBytes > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    source.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else {
        source.removeAllListeners('data');
        reject(tooLarge(maxBytes));
      }
    });
    let isWhole = false;
    source.on('end', () => {
      isWhole = true;
      resolve(chunks.length === 0 ? NOTHING : chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    const broken = () => {
      if (isWhole) return;
      reject(new StatusError({ code: 400, reason: 'BadRequest', message: 'the request body ended early' }));
    };
    source.on('error', broken);
    source.on('aborted', broken);
    source.on('close', broken);
  });
}
