/** The only place of the command line that reads the environment. */
export function officeFromEnvironment(): string | undefined {
  const names = ['OFFICE_ID', 'MITOSIS_OFFICE_ID', 'MI_OFFICE_ID'];
  return names.map((name) => process.env[name]).find((value) => value !== undefined && value !== '');
}
