/** Why a turn could not be done (RELIABILITY 16). */
export type TurnFailureCode =
  | 'model_unavailable'
  | 'model_refused'
  | 'context_overflow'
  | 'no_result'
  | 'step_limit'
  | 'evidence_refused'
  | 'time_limit'
  | 'driver_failed';

/** The turn ends badly, for a reason that has a name. The message is for people and holds no secret. */
export class TurnFailure extends Error {
  readonly code: TurnFailureCode;

  constructor(code: TurnFailureCode, message: string) {
    super(message);
    this.name = 'TurnFailure';
    this.code = code;
  }
}

/** Why a turn waits without holding a worker. */
export type ParkReason = 'awaiting_approval' | 'awaiting_reply' | 'budget_exhausted' | 'model_unavailable' | 'stopped';

/** The turn stops here and goes on later, from what its journal holds. */
export class TurnParked extends Error {
  readonly reason: ParkReason;
  /** The earliest time to go on; whatever it waits for may wake it sooner. */
  readonly notBeforeAt: number;

  /** Whether what it waits for has come by now: asked in the transaction that parks the run, so that no wake-up is lost. */
  readonly isOver: ((scope: unknown) => Promise<boolean>) | undefined;

  constructor(reason: ParkReason, notBeforeAt: number, isOver?: (scope: unknown) => Promise<boolean>) {
    super(`the turn waits: ${reason}`);
    this.isOver = isOver;
    this.name = 'TurnParked';
    this.reason = reason;
    this.notBeforeAt = notBeforeAt;
  }
}
