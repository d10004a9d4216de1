import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { ETHEREUM, type XmtpSigner } from './xmtp-library.ts';

/** Ethereum's marks for the two halves of the curve. */
const RECOVERY_OFFSET = 27;

/** Signs as the account of that key does (EIP-191, `personal_sign`). `privateKey` is 32 bytes, hex. */
export function ethereumSigner(privateKey: string, address: string): XmtpSigner {
  const key = Buffer.from(privateKey, 'hex');
  return {
    type: 'EOA',
    getIdentifier: () => ({ identifier: address, identifierKind: ETHEREUM }),
    signMessage: (message) => {
      const text = Buffer.from(message);
      const digest = keccak_256(Buffer.concat([Buffer.from(`\x19Ethereum Signed Message:\n${text.length}`), text]));
      const signature = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' });
      const [recovery = 0] = signature;
      return Uint8Array.from([...signature.subarray(1), recovery + RECOVERY_OFFSET]);
    },
  };
}
