export interface Wallet {
  /** `0x` and 40 hex digits, lower case. */
  address: string;
  /** 32 bytes, hex. */
  privateKey: string;
}

/** A new key pair of an Ethereum account: what XMTP knows its users by. */
export async function newWallet(): Promise<Wallet> {
  // Loaded with the first account: most houses have none.
  const [{ secp256k1 }, { keccak_256 }] = await Promise.all([
    import('@noble/curves/secp256k1.js'),
    import('@noble/hashes/sha3.js'),
  ]);
  const privateKey = secp256k1.utils.randomSecretKey();
  const point = secp256k1.getPublicKey(privateKey, false).subarray(1);
  const address = Buffer.from(keccak_256(point).subarray(-20)).toString('hex');
  return { address: `0x${address}`, privateKey: Buffer.from(privateKey).toString('hex') };
}
