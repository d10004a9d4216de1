import { findChromium, findDovecot, findPostgres, findRedis, findTransformers, findXmtp } from '@guildhall/testing';

/** What the tests find on this machine, as JSON. */
process.stdout.write(
  JSON.stringify({
    postgres: (await findPostgres()) ?? null,
    redis: (await findRedis()) ?? null,
    chromium: findChromium() ?? null,
    dovecot: findDovecot() ?? null,
    transformers: findTransformers() ?? null,
    xmtp: findXmtp() ?? null,
  }),
);
