export { type SearchResults, searchOrganization } from './search.ts';
