export {
  type Approval,
  type ApprovalState,
  askApproval,
  type Decision,
  decideApproval,
  expireApprovals,
  hasPendingApproval,
  listApprovals,
  useApproval,
} from './approval.ts';
