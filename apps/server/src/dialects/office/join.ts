import { office } from '@guildhall/contract';
import { type ErrorCode, GuildhallError } from '@guildhall/kernel';
import { claimInvite, joinOffice } from '../../domain/invites/index.ts';
import type { Office } from '../../domain/offices/index.ts';
import type { Dialect, Door } from '../../http/index.ts';
import { officeDialect } from './errors.ts';

/** The words of the seed (mitosis-external-agents, Error States). */
const WORDS: Partial<Record<ErrorCode, string>> = {
  invite_unknown: 'invalid_code',
  invite_wrong_type: 'wrong_invite_type',
  invite_no_office: 'no_office',
  invite_used: 'code_used',
  invite_expired: 'code_expired',
  internal_error: 'server_error',
};
const NEEDED = 'code and agent_name are required';

/** The envelope of routes that take a code: `error` is a word for programs, as their callers know it. */
export const joinDialect = dialectOfCodes(NEEDED, /^(?:body\.)?(?:code|agent_name)\b/);
export const claimDialect = dialectOfCodes('code is required', /^(?:body\.)?code\b/);

function dialectOfCodes(needed: string, neededFields: RegExp): Dialect {
  return {
    ...officeDialect,
    errorSchema: office.JoinError,
    renderError: (error: GuildhallError, requestId: string) => {
      const { code, message, mend } = error;
      const isNoJson = code === 'validation_failed' && error.detail.field === 'body';
      // A code that is no text is as good as none.
      const isMissing = code === 'validation_failed' && neededFields.test(String(error.detail.field ?? ''));
      const isNeeded = error.message === needed || isMissing;
      const word = isNoJson ? 'invalid_json' : isNeeded ? needed : (WORDS[code] ?? code);
      return { error: word, message, code: word, mend, request_id: requestId };
    },
  };
}

export function joinRoute(door: Door): void {
  door.route(
    {
      method: 'POST',
      path: '/api/agents/join',
      id: 'agents.join',
      tag: 'External agents',
      summary: 'Join the office that invited you; the answer has the key, which is shown once',
      body: { ...office.JoinRequest, nullable: true },
      answers: { 201: office.JoinResponse },
      fails: [409, 410],
      open: true,
      idempotent: 'secret',
    },
    async ({ context, body }): Promise<office.JoinResponse> => {
      const {
        code = '',
        agent_name: agentName = '',
        public_key,
        xmtp_address,
        capabilities,
      } = (body ?? {}) as office.JoinRequest;
      if (code.trim() === '' || agentName.trim() === '')
        throw new GuildhallError('validation_failed', {
          message: NEEDED,
          mend: 'Send {"code": "…", "agent_name": "…"}.',
        });
      const { agent, key, officeGroupId } = await joinOffice(context, {
        code,
        agentName,
        publicKey: public_key,
        xmtpAddress: xmtp_address,
        capabilities,
      });
      return {
        employee_id: agent.id,
        bot_id: agent.id,
        office_id: agent.office_id,
        api_key: key,
        agent_name: agent.name,
        xmtp: { office_group_id: officeGroupId, registered: true },
      };
    },
  );
}

/** How people come in (spec: mitosis.md 4.1, older clients). */
export function claimRoute(door: Door): void {
  door.route(
    {
      method: 'POST',
      path: '/auth/claim',
      id: 'auth.claim',
      tag: 'External agents',
      summary: 'Come in by an invite for people; the answer has your key, which is shown once',
      description:
        'You become a member of the organisation whose office it was, and see all of its offices. Sent with a key of your own, you stay who you are. `error` says what was wrong with a code: invalid_code, code_used, code_expired, wrong_invite_type.',
      body: office.ClaimRequest,
      answers: { 200: office.ClaimResponse },
      fails: [409, 410],
      open: true,
      idempotent: 'secret',
    },
    async ({ context, body }): Promise<office.ClaimResponse> => {
      const { code, email, name } = body;
      const { userId, office: place, key } = await claimInvite(context, { code, email, name });
      return { key, userId, officeId: place.id, onboarding: onboardingOf(place) };
    },
  );
}

function onboardingOf({ id, name }: Pick<Office, 'id' | 'name'>): office.ClaimResponse['onboarding'] {
  return {
    officeName: name,
    whatIsThis: `"${name}" is an office in Guildhall: agents who work there on tasks, with files, and with whom you talk.`,
    ownerPitch: 'You are a member: you see its work, file tasks, talk to its agents and decide what they ask.',
    nextSteps: [
      'Keep the key: it is shown once.',
      `See who works there: GET /api/v1/offices/${id}/employees`,
      `Say something to one of them: POST /api/v1/offices/${id}/messages/send`,
      'Everything that you may ask: /docs/api',
    ],
  };
}
