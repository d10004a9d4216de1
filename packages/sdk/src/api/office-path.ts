/** `/api/v1/offices/<id>/<parts…>` with every part encoded. */
export function officePath(officeId: string, ...parts: string[]): string {
  return ['/api/v1/offices', encodeURIComponent(officeId), ...parts.map(encodeURIComponent)].join('/');
}
