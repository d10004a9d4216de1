/** The only place of the command line that reads the environment. */
export function officeFromEnvironment(): string | undefined {
  const names = ['OFFICE_ID', 'MITOSIS_OFFICE_ID', 'MI_OFFICE_ID'];
  return names.map((name) => process.env[name]).find((value) => value !== undefined && value !== '');
}

/** As whom the memory is asked, where there is no flag to say it. */
export function agentFromEnvironment(): string | undefined {
  const name = process.env.AGENT_NAME;
  return name === undefined || name === '' ? undefined : name;
}

/** The secret of a source: never on a command line, where others can read it. */
export function sourcePassword(name: 'SOURCE_PASSWORD' | 'GITHUB_TOKEN'): string | undefined {
  const value = process.env[name];
  return value === undefined || value === '' ? undefined : value;
}
