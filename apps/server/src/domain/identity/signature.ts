import { hash } from 'node:crypto';
import { errors } from '@guildhall/kernel';

const HEX = /^(?:[0-9a-f]{2})+$/i;
const SIGNATURE_CHARS_MAX = 160;

/** Loaded with the first key or signature: most houses see none, and none needs it to start. */
const loadCurve = async () => (await import('@noble/curves/secp256k1.js')).secp256k1;

/** A secp256k1 public key as hex, compressed (02/03) or uncompressed (04) → compressed. Throws `validation_failed`. */
export async function normalisePublicKey(publicKey: string): Promise<string> {
  const secp256k1 = await loadCurve();
  try {
    return secp256k1.Point.fromHex(publicKey.replace(/^0x/, '').toLowerCase()).toHex(true);
  } catch {
    throw errors.validationFailed(
      'public_key',
      'is not a secp256k1 public key',
      'Send 66 (compressed) or 130 (uncompressed) hex digits.',
    );
  }
}

/** A new pair to sign with, as hex; the public one compressed. */
export async function newSigningKey(): Promise<{ publicKey: string; privateKey: string }> {
  const secp256k1 = await loadCurve();
  const { secretKey, publicKey } = secp256k1.keygen();
  return { publicKey: Buffer.from(publicKey).toString('hex'), privateKey: Buffer.from(secretKey).toString('hex') };
}

/**
 * The public keys (compressed hex) that could have made a signature: two, from which the stored ones are picked. So the
 * cost of a check does not depend on how many agents share a name.
 */
export async function recoverPublicKeys(message: string, signatureHex: string): Promise<string[]> {
  if (signatureHex.length > SIGNATURE_CHARS_MAX || !HEX.test(signatureHex)) return [];
  const secp256k1 = await loadCurve();
  try {
    const bytes = Buffer.from(signatureHex, 'hex');
    const signature = secp256k1.Signature.fromBytes(bytes, bytes.length === 64 ? 'compact' : 'der');
    const digest = hash('sha256', message, 'buffer');
    return [0, 1].map((bit) => signature.addRecoveryBit(bit).recoverPublicKey(digest).toHex(true));
  } catch {
    return [];
  }
}

/**
 * Checks an ECDSA signature over SHA-256 of `message`: 64-byte compact or DER, hex (seed: mitosis-sdk-reference 2.2).
 * Returns the canonical form (compact, low s), which is the same for every way to write the same signature, or undefined.
 */
export async function verifySignature(
  message: string,
  signatureHex: string,
  publicKeyHex: string,
): Promise<string | undefined> {
  if (signatureHex.length > SIGNATURE_CHARS_MAX || !HEX.test(signatureHex)) return undefined;
  const secp256k1 = await loadCurve();
  try {
    const bytes = Buffer.from(signatureHex, 'hex');
    const signature = secp256k1.Signature.fromBytes(bytes, bytes.length === 64 ? 'compact' : 'der');
    const isValid = secp256k1.verify(
      signature.toBytes('compact'),
      Buffer.from(message),
      Buffer.from(publicKeyHex, 'hex'),
      {
        lowS: false,
        prehash: true,
      },
    );
    if (!isValid) return undefined;
    const low = signature.hasHighS()
      ? new secp256k1.Signature(signature.r, secp256k1.Point.Fn.neg(signature.s))
      : signature;
    return low.toHex('compact');
  } catch {
    return undefined;
  }
}
