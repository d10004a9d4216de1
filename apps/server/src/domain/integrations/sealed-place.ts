/** What a credential is bound to in the vault: moved to another office or integration, it opens nothing. */
export function sealedPlaceOf(officeId: string, integrationId: string): string {
  return `integration:${officeId}:${integrationId}`;
}
