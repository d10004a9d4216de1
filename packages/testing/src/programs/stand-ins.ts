import { fileURLToPath } from 'node:url';

/** The path of a program that speaks as Claude Code does, and asks a model server for what it says. */
export const claudeStandIn = fileURLToPath(new URL('claude-stand-in.mjs', import.meta.url));

/** The same for OpenClaw. */
export const openClawStandIn = fileURLToPath(new URL('openclaw-stand-in.mjs', import.meta.url));
