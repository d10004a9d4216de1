// Runs inside of a sandbox that has no network: gives a command 127.0.0.1:<port> there and carries what comes in to the
// Unix socket of the egress proxy outside. Then it starts the command and ends with it, as it ends.
// Arguments: <socket> <port> <file> [argument…]; the environment of the command comes as JSON in COMMAND_ENVIRONMENT, so that
// nothing in it (NODE_OPTIONS) can mean this program.
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { constants } from 'node:os';
import { pipeline } from 'node:stream';

const CONNECTIONS_MAX = 256;
const FORWARDED = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGCONT'];
const [socketPath, port, file, ...args] = process.argv.slice(2);

const server = createServer({ allowHalfOpen: true }, (inside) => {
  const outside = connect({ path: socketPath, allowHalfOpen: true });
  pipeline(inside, outside, () => {});
  pipeline(outside, inside, () => {});
});
server.maxConnections = CONNECTIONS_MAX;
server.on('error', (error) => end(126, `No way to the network: ${error.message}`));
server.listen(Number(port), '127.0.0.1', () => {
  const child = spawn(file, args, { stdio: 'inherit', env: JSON.parse(process.env.COMMAND_ENVIRONMENT ?? '{}') });
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => end(127, error.message));
  // As a shell tells it, and as bubblewrap does of its own child.
  child.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
});

function end(code, message) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
