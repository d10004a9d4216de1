import { errors, GuildhallError } from '@guildhall/kernel';
import { isDatabaseUnavailable, isInvalidText, isStorageFull } from '@guildhall/storage';

interface ForeignError {
  code: string;
  statusCode: number;
  message: string;
  validation?: { instancePath: string; message?: string; keyword?: string; params?: Record<string, unknown> }[];
  validationContext?: string;
}

function foreign(error: unknown): ForeignError {
  const record = (typeof error === 'object' && error !== null ? error : {}) as Partial<ForeignError>;
  return {
    code: String(record.code ?? ''),
    statusCode: Number(record.statusCode ?? 500),
    message: String(record.message ?? ''),
    ...(record.validation === undefined ? {} : { validation: record.validation }),
    ...(record.validationContext === undefined ? {} : { validationContext: record.validationContext }),
  };
}

/** Whatever was thrown → an error of the catalogue. What is not known is `internal_error`, and only then is there a fault of ours. */
export function toGuildhallError(error: unknown): GuildhallError {
  if (error instanceof GuildhallError) return error;
  const { code, statusCode, message, validation, validationContext } = foreign(error);
  if (validation !== undefined) return fromValidation(validation, validationContext ?? 'body');
  // A client that went away in the middle of its body; nobody reads the answer.
  if (code === 'ECONNRESET' && message === 'aborted')
    return errors.validationFailed('request', 'was not sent to its end');
  if (isStorageFull(error))
    return new GuildhallError('storage_full', {
      message: 'The server has no room left. Nothing was kept.',
      cause: error,
    });
  if (isDatabaseUnavailable(error)) {
    return new GuildhallError('service_unavailable', {
      message: 'The database does not answer.',
      retryAfterSeconds: 2,
      cause: error,
    });
  }
  if (isInvalidText(error))
    return errors.validationFailed('request', 'contains characters or numbers that cannot be stored');
  if (statusCode === 413 || code === 'FST_ERR_CTP_BODY_TOO_LARGE' || code === 'FST_REQ_FILE_TOO_LARGE') {
    return new GuildhallError('payload_too_large', {
      message: 'The request is larger than this server takes.',
      cause: error,
    });
  }
  if (statusCode === 415 || statusCode === 406)
    return new GuildhallError('unsupported_media_type', {
      message: 'The Content-Type is not one that this route takes.',
      cause: error,
    });
  if (statusCode === 429) return new GuildhallError('rate_limited', { message, cause: error });
  if (statusCode >= 400 && statusCode < 500)
    return errors.validationFailed('request', message === '' ? 'is malformed' : message);
  return new GuildhallError('internal_error', {
    message: 'Something went wrong here, not with your request.',
    cause: error,
  });
}

function fromValidation(problems: NonNullable<ForeignError['validation']>, context: string): GuildhallError {
  const [first] = problems;
  const missing = first?.params?.missingProperty ?? first?.params?.additionalProperty;
  const path = (first?.instancePath ?? '').slice(1).replaceAll('/', '.');
  const field = [path, missing].filter(Boolean).join('.') || context;
  const allowed = first?.params?.allowedValues;
  const reason =
    first?.keyword === 'additionalProperties'
      ? 'is not a field of this request'
      : first?.keyword === 'required'
        ? 'is missing'
        : (first?.message ?? 'is not valid');
  return errors.validationFailed(field, Array.isArray(allowed) ? `${reason}: ${allowed.join(', ')}` : reason);
}
