import type { office } from '@guildhall/contract';

export type ActivityEvent = office.ActivityEvent;
export type ActivityQuery = { limit?: number; offset?: number; category?: string; since?: string };
export type AddCreditsRequest = office.AddCreditsRequest;
export type ClusterStatus = office.ClusterStatus;
export type CreateGroupRequest = office.CreateGroupRequest;
export type CreateOfficeRequest = office.CreateOfficeRequest;
export type CreateTaskRequest = office.CreateTaskRequest;
export type CreditBalance = office.CreditBalance;
export type CreditHistoryEntry = office.CreditHistoryEntry;
export type Employee = office.Employee;
export type EmployeeLogs = office.EmployeeLogs;
export type FileChangesResponse = office.FileChangesResponse;
export type FileInfo = office.FileInfo;
export type HireRequest = office.HireRequest;
export type LastError = office.LastError;
export type Me = office.Me;
export type Office = office.Office;
export type OfficeEvent = office.Event;
export type Presence = office.Presence;
export type SendMessageAnswer = office.SendMessageAnswer;
export type SendMessageRequest = office.SendMessageRequest;
export type SendXMTPMessageRequest = office.SendXMTPMessageRequest;
export type Task = office.Task;
export type TaskStats = office.TaskStats;
export type UpdateEmployeeRequest = office.UpdateEmployeeRequest;
export type XMTPConversation = office.XMTPConversation;
export type XMTPGroup = office.XMTPGroup;
export type XMTPMessage = office.XMTPMessage;

/** What list calls take; the cursor of the next page is on `transport.lastCursor`. */
export type PageQuery = { limit?: number; cursor?: string };
