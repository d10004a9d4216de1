import { secp256k1 } from '@noble/curves/secp256k1.js';

export interface KeyPair {
  /** Uncompressed, 04-prefixed, 130 hex characters. */
  publicKey: string;
  /** 32 bytes. */
  privateKey: Uint8Array;
}

export interface SignedHeaders {
  'X-Agent-Id': string;
  'X-Timestamp': string;
  'X-Signature': string;
}

export function generateKeyPair(): KeyPair {
  const privateKey = secp256k1.utils.randomSecretKey();
  return { publicKey: publicKeyFromPrivate(privateKey), privateKey };
}

export function publicKeyFromPrivate(privateKey: Uint8Array): string {
  return Buffer.from(secp256k1.getPublicKey(privateKey, false)).toString('hex');
}

function payloadOf(timestamp: string, method: string, path: string): Uint8Array {
  return Buffer.from(`${timestamp}\n${method.toUpperCase()}\n${path}`);
}

/**
 * Headers for one request. `path` includes the query string. The signature carries fresh randomness, since a server
 * accepts each signature once: two equal requests in one second must still differ.
 */
export async function signRequest(
  agentId: string,
  method: string,
  path: string,
  privateKey: Uint8Array,
): Promise<SignedHeaders> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = secp256k1.sign(payloadOf(timestamp, method, path), privateKey, {
    prehash: true,
    extraEntropy: true,
  });
  return { 'X-Agent-Id': agentId, 'X-Timestamp': timestamp, 'X-Signature': Buffer.from(signature).toString('hex') };
}

/** Whether a compact or DER signature fits. Says nothing about its age. */
export function verifySignature(
  timestamp: string,
  method: string,
  path: string,
  sigHex: string,
  pubHex: string,
): boolean {
  try {
    const bytes = Buffer.from(sigHex, 'hex');
    const signature = secp256k1.Signature.fromBytes(bytes, bytes.length === 64 ? 'compact' : 'der');
    const options = { lowS: false, prehash: true };
    return secp256k1.verify(
      signature.toBytes('compact'),
      payloadOf(timestamp, method, path),
      Buffer.from(pubHex, 'hex'),
      options,
    );
  } catch {
    return false;
  }
}
