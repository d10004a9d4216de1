export interface Rule {
  /** Files that it is about. */
  from: RegExp;
  except?: RegExp;
  mayNotImport?: RegExp;
  unless?: (file: string, target: string) => boolean;
  mayNotContain?: { pattern: RegExp; why: string }[];
  linesMax?: number;
  why: string;
}

const SERVER = 'apps/server/src';
const TESTS = /\.test\.ts$|\/testing\/|^bench\//;
const folderOf = (path: string) => new RegExp(`^${SERVER}/domain/([a-z-]+)/`).exec(path)?.[1];

/** The arrows of DESIGN section 3, and the few rules that a linter does not know. Each has its reason. */
export const rules: Rule[] = [
  { from: /^packages\//, mayNotImport: /^apps\//, why: 'packages serve apps, never the other way' },
  {
    from: /^packages\/kernel\//,
    mayNotImport: /^packages\/(?!kernel\/)|^node:(?!crypto)|^@guildhall/,
    except: TESTS,
    why: 'the kernel is pure: no I/O, nothing above it',
  },
  {
    from: /^packages\/contract\//,
    mayNotImport: /^packages\/(?!contract\/)/,
    why: 'the contract is schemas and nothing else',
  },
  {
    from: /^packages\/sdk\//,
    mayNotImport: /^packages\/(?!sdk\/|contract\/)/,
    except: TESTS,
    why: 'the client library depends on the contract only',
  },
  {
    from: /^packages\/agent\//,
    mayNotImport: /^packages\/(?!agent\/|kernel\/)/,
    except: TESTS,
    why: 'a turn knows no database: agent → kernel',
  },
  {
    from: /^packages\/(?:cortex|audit)\//,
    mayNotImport: /^packages\/(?!cortex\/|audit\/|storage\/|kernel\/)/,
    except: TESTS,
    why: 'cortex, audit → storage → kernel',
  },
  {
    from: /^packages\/cortex-mcp\//,
    mayNotImport: /^packages\/(?!cortex-mcp\/)/,
    except: TESTS,
    why: 'the MCP tools speak to the HTTP API: the MCP tools know only the HTTP API',
  },
  {
    from: /^packages\/connectors\//,
    mayNotImport: /^packages\/(?!connectors\/|documents\/|kernel\/)/,
    except: TESTS,
    why: 'sources are read without a database: connectors → documents → kernel',
  },
  {
    from: /^packages\/documents\//,
    mayNotImport: /^packages\/(?!documents\/|kernel\/)/,
    except: TESTS,
    why: 'a file is read without a database: documents → kernel',
  },
  {
    from: /^packages\/storage\//,
    mayNotImport: /^packages\/(?!storage\/|kernel\/)/,
    except: TESTS,
    why: 'storage → kernel',
  },
  {
    from: new RegExp(`^${SERVER}/domain/`),
    mayNotImport: new RegExp(`^${SERVER}/(?:dialects|http|runtime|app|main|config)|^fastify|^@fastify`),
    except: TESTS,
    why: 'the domain knows no door and no supervisor',
  },
  {
    from: new RegExp(`^${SERVER}/(?:http|runtime)/`),
    mayNotImport: new RegExp(`^${SERVER}/(?:dialects|app\\.ts|main\\.ts)`),
    except: TESTS,
    why: 'http and runtime stand below the dialects',
  },
  {
    from: new RegExp(`^${SERVER}/dialects/`),
    mayNotImport: new RegExp(`^${SERVER}/(?:runtime|schema|app\\.ts|main\\.ts)`),
    except: TESTS,
    why: 'a dialect translates; it runs nothing and holds no tables',
  },
  {
    from: new RegExp(`^${SERVER}/dialects/`),
    except: TESTS,
    mayNotContain: [
      {
        pattern: /\b(?:selectFrom|insertInto|updateTable|deleteFrom)\(|from 'kysely'/,
        why: 'a dialect holds no query: it belongs to the domain',
      },
    ],
    why: 'one core, three dialects',
  },
  {
    from: new RegExp(`^${SERVER}/`),
    except: TESTS,
    mayNotImport: new RegExp(`^${SERVER}/domain/[a-z-]+/(?!index\\.ts)`),
    unless: (file, target) => folderOf(file) === folderOf(target),
    why: 'a domain folder offers its index.ts; nobody reaches past it',
  },
  {
    from: /^(?:apps|packages)\//,
    except: new RegExp(`${TESTS.source}|/(?:config|environment)\\.ts$|/main\\.ts$|^packages/testing/`),
    mayNotContain: [
      {
        pattern: /process\.env/,
        why: 'the environment is read in config.ts (server) and environment.ts (sdk, cli) only',
      },
    ],
    why: 'one place for settings',
  },
  {
    from: /^(?:apps|packages|scripts|bench)\//,
    except: /\.test\.ts$|migrations\/|tables\.ts$/,
    linesMax: 400,
    why: 'split it by meaning',
  },
  {
    from: /^packages\/(?:agent|sdk|contract|kernel|audit)\//,
    except: TESTS,
    mayNotImport: /^(?:pg|kysely|node:sqlite|fastify|@fastify\/.*)$/,
    why: 'no database and no server there',
  },
  {
    from: new RegExp(`^${SERVER}/schema/`),
    mayNotImport: new RegExp(`^${SERVER}/(?!schema/)`),
    why: 'the schema knows nothing above it',
  },
  {
    from: new RegExp(`^${SERVER}/runtime/`),
    except: TESTS,
    mayNotImport: new RegExp(`^${SERVER}/http/`),
    why: 'the supervisor speaks no HTTP',
  },
  {
    from: new RegExp(`^${SERVER}/http/`),
    except: TESTS,
    mayNotImport: new RegExp(`^${SERVER}/runtime/`),
    why: 'a door starts no run: the event does',
  },
  {
    from: new RegExp(`^${SERVER}/dialects/`),
    // Pages fail as the office API does.
    except: new RegExp(`${TESTS.source}|dialects/web/errors\\.ts$`),
    mayNotImport: new RegExp(`^${SERVER}/dialects/[a-z]+/`),
    unless: (file, target) => file.split('/')[4] === target.split('/')[4],
    why: 'one dialect knows nothing of another',
  },
  { from: /(?:^|\/)(?:utils?|helpers?|common|misc)(?:\/|\.)/, linesMax: 0, why: 'every room has a name of its own' },
];
