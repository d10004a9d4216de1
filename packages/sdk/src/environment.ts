/** The only place of the SDK that reads the environment: what wins over `~/.os1/config.json`. */
export function readEnvironment(): { endpoint?: string; apiKey?: string } {
  const endpoint = process.env.OS1_ENDPOINT ?? process.env.OM_ENDPOINT ?? process.env.GUILDHALL_ENDPOINT;
  const apiKey = process.env.MITOSIS_API_KEY ?? process.env.MI_API_KEY;
  return { ...(endpoint ? { endpoint } : {}), ...(apiKey ? { apiKey } : {}) };
}
