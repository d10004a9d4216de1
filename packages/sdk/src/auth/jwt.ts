import { createHmac, timingSafeEqual } from 'node:crypto';

export interface JWTPayload {
  botId: string;
  instanceId?: string;
  privateIp?: string;
  userId: string;
  role?: string;
  /** Unix seconds. */
  iat: number;
  /** Unix seconds. */
  exp: number;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const sign = (text: string, secret: string) => createHmac('sha256', secret).update(text).digest();

/** A first-party HS256 token. The secret is a master key: whoever holds it may act for anybody. */
export function generateJWT(secret: string, payload: Omit<JWTPayload, 'iat' | 'exp'>, ttlSeconds = 3600): string {
  const iat = Math.floor(Date.now() / 1000);
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...payload, iat, exp: iat + ttlSeconds })}`;
  return `${signed}.${sign(signed, secret).toString('base64url')}`;
}

/** Checks and decodes. Throws "invalid token format", "invalid signature" or "token expired". */
export function verifyJWT(token: string, secret: string): JWTPayload {
  const [header, payload, signature, more] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || more !== undefined)
    throw new Error('invalid token format');
  const given = Buffer.from(signature, 'base64url');
  const expected = sign(`${header}.${payload}`, secret);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error('invalid signature');
  const { alg } = decode<{ alg?: string }>(header);
  if (alg !== 'HS256') throw new Error('invalid token format');
  const claims = decode<JWTPayload>(payload);
  if (typeof claims.exp !== 'number' || claims.exp * 1000 <= Date.now()) throw new Error('token expired');
  return claims;
}

function decode<T>(part: string): T {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as T;
  } catch {
    throw new Error('invalid token format');
  }
}

/** "Bearer <jwt>" */
export function authorizationHeader(secret: string, userId: string, botId = ''): string {
  return `Bearer ${generateJWT(secret, { botId, userId })}`;
}
