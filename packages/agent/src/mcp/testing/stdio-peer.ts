import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { type PeerKind, peerServer } from './peer-server.ts';

/** The program that tests start: `node stdio-peer.ts <kind> [modern]`. */
const [kind = 'plain', era] = process.argv.slice(2);
serveStdio(() => peerServer(kind as PeerKind), { legacy: era === 'modern' ? 'reject' : 'serve' });
