import { GuildhallError } from './errors.ts';
import type { JsonObject } from './json.ts';

/** A field of the request is wrong. `field` is the name the caller used. */
export function validationFailed(field: string, reason: string, mend?: string): GuildhallError {
  return new GuildhallError('validation_failed', {
    message: `${field}: ${reason}`,
    detail: { field, reason },
    ...(mend === undefined ? {} : { mend }),
  });
}

/** Also the answer for what exists but belongs to somebody else: both must look the same. */
export function notFound(what: string, id: string): GuildhallError {
  return new GuildhallError('not_found', {
    message: `There is no ${what} "${clip(id)}".`,
    detail: { what, id: clip(id) },
  });
}

export function unauthorized(message: string): GuildhallError {
  return new GuildhallError('unauthorized', { message });
}

export function forbidden(permission: string): GuildhallError {
  return new GuildhallError('forbidden', {
    message: `This credential may not do that (needs ${permission}).`,
    detail: { permission },
  });
}

export function insufficientScope(permission: string): GuildhallError {
  return new GuildhallError('insufficient_scope', {
    message: `The key lacks the scope ${permission}.`,
    detail: { scope: permission },
  });
}

export function nameTaken(what: string, name: string): GuildhallError {
  return new GuildhallError('name_taken', {
    message: `There is already ${what} named "${clip(name)}".`,
    detail: { what, name: clip(name) },
  });
}

export function conflict(message: string, detail: JsonObject = {}): GuildhallError {
  return new GuildhallError('conflict', { message, detail });
}

export function staleFence(what: 'run' | 'task' | 'clone transfer' | 'account', id: string): GuildhallError {
  return new GuildhallError('stale_fence', {
    message: `The lease on ${what} ${id} is held by somebody else or has ended.`,
    detail: { what, id },
  });
}

/** For what this house could do if its operator gave it what it needs: `mend` says what to set. */
export function notConfigured(message: string, mend: string): GuildhallError {
  return new GuildhallError('not_configured', { message, mend });
}

/** Whether an error says that the lease on such a thing is somebody else's. */
export function isStaleFence(error: unknown, what: 'run' | 'task' | 'clone transfer' | 'account'): boolean {
  return error instanceof GuildhallError && error.code === 'stale_fence' && error.detail.what === what;
}

/** Names longer than this say nothing more and would fill the log. */
function clip(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
