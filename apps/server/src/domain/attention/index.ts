export { type AttentionItem, type AttentionKind, listAttention } from './attention.ts';
