/**
 * The route map of the seed (mitosis-sdk-reference 11), as data: what a user of the SDK may call. `later` names the group that
 * another issue brings; until then such a route answers `not_available_yet`.
 */
export interface SeedRoute {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1/offices/{id}` unless it begins with a slash and `api`. */
  path: string;
  /** How the seed's SDK calls it. */
  call: string;
  later?: 'extensions' | 'workspace' | 'chromium' | 'whatsapp' | 'backups' | 'transfer' | 'proxy';
}

const LINES = `
GET /healthz client.health
GET /api/v1/offices offices.list
POST /api/v1/offices offices.create
GET . offices.get
DELETE . offices.delete
GET settings offices.getSettings
PATCH settings offices.updateSettings
GET status offices.status
GET kubeconfig offices.kubeconfig
POST transfer offices.transfer
POST rotate-secret offices.rotateSecret
PUT secrets/{name} offices.setSecret
POST suspend offices.suspend
POST resume offices.resume
POST employees employees.hire
GET employees employees.list
GET employees/{name} employees.get
PATCH employees/{name} employees.update
DELETE employees/{name} employees.delete
GET employees/{name}/logs employees.logs
GET employees/{name}/activity employees.activity
GET employees/{name}/presence employees.presence
GET employees/{name}/last-error employees.lastError
POST employees/{name}/action employees.action
POST employees/{name}/promote employees.promote
POST employees/{name}/skills employees.setSkills
POST employees/{name}/events employees.logStatusEvent
GET employees/{name}/events employees.events
POST employees/{name}/archive employees.archive
POST employees/{name}/restore employees.restore
POST employees/{name}/credentials/rotate employees.rotateCredentials
POST employees/{name}/lifecycle employees.lifecycle
GET employees/{name}/chat-sessions employees.chatSessions
GET employees/{name}/usage credits.agentUsage
GET employees/{name}/env env.getAgentEnv
PUT employees/{name}/env/{key} env.setAgentEnv
POST employees/{name}/llm-ping llmPing.agentPing
POST employees/{name}/whatsapp/qr-start whatsapp.qrStart
GET employees/{name}/whatsapp/qr-status whatsapp.qrStatus
POST employees/{name}/whatsapp/qr-stop whatsapp.qrStop
GET employees/{name}/whatsapp/status whatsapp.sessionStatus
POST employees/{name}/whatsapp/reset whatsapp.reset
POST tasks tasks.create
GET tasks tasks.list
GET tasks/{taskId} tasks.get
GET tasks/stats tasks.stats
POST files files.upload
GET files files.list
GET files/{filename} files.download
DELETE files/{filename} files.delete
GET files/_changes files.changes
GET files/{filename}/permissions files.getPermissions
PUT files/{filename}/permissions files.setPermissions
GET credits credits.balance
POST credits credits.add
GET credits/history credits.history
GET usage credits.usage
GET usage/current credits.usageCurrent
GET usage/summary credits.usageSummary
GET usage/llm credits.llmUsage
GET usage/llm/summary credits.llmUsageSummary
GET quota credits.quota
PUT quota credits.setQuota
GET xmtp/conversations xmtpApi.listConversations
GET xmtp/messages/{agent}/{peer} xmtpApi.getMessages
POST xmtp/send xmtpApi.send
GET xmtp/groups xmtpApi.listGroups
POST xmtp/groups xmtpApi.createGroup
GET xmtp/groups/{gid}/messages xmtpApi.getGroupMessages
POST xmtp/groups/{gid}/send xmtpApi.sendGroupMessage
POST xmtp/groups/{gid}/members xmtpApi.addMember
DELETE xmtp/groups/{gid}/members/{agent} xmtpApi.removeMember
PATCH xmtp/groups/{gid} xmtpApi.renameGroup
GET provider-models integrations.listProviderModels
POST integrations/{intg}/secret integrations.ensureSecret
DELETE integrations/{intg}/secret integrations.deleteSecret
POST integrations/{intg}/agents/{agent} integrations.toggleAgent
POST integrations/claude-code/sync-key integrations.syncClaudeCodeKey
POST extensions extensions.register
GET extensions extensions.list
GET extensions/{extId} extensions.get
DELETE extensions/{extId} extensions.delete
POST extensions/install extensions.install
DELETE extensions/{extId}/uninstall extensions.uninstall
GET /api/v1/marketplace extensions.marketplaceList
GET /api/v1/marketplace/{extId} extensions.marketplaceGet
POST /api/v1/marketplace/publish extensions.marketplacePublish
GET events events.list
GET events/chat/{key} events.chatEvents
GET events/ssh events.sshEvents
POST callbacks/pod-event callbacks.podEvent
GET callbacks callbacks.list
GET callbacks/{cbId} callbacks.get
GET backups backups.list
GET backups/{backupId} backups.get
DELETE backups/{backupId} backups.delete
GET env env.list
GET env/values env.values
PUT env env.set
DELETE env/{key} env.delete
GET delegates delegates.list
GET delegates/{aid} delegates.get
POST delegates/{aid} delegates.create
PATCH delegates/{aid} delegates.update
DELETE delegates/{aid} delegates.delete
POST messages/send messages.send
GET messages/pool-stats messages.poolStats
GET messages/stream messages.stream
POST workspace/exec workspace.exec
GET workspace/health workspace.health
GET roles roles.list
GET roles/{name} roles.get
POST agents/prepare transfer.prepare
POST agents/install transfer.install
POST agents/start transfer.start
GET agents/transfer/{tid} transfer.status
POST llm-ping llmPing.ping
GET whatsapp/agents whatsapp.agentStatus
POST whatsapp/agents/{agent}/access whatsapp.toggleAgentAccess
POST whatsapp/agents/{agent}/register whatsapp.registerAgent
POST whatsapp/qr-start whatsapp.officeQRStart
GET whatsapp/qr-status whatsapp.officeQRStatus
POST whatsapp/reset whatsapp.officeReset
POST chromium/start chromium.start
GET chromium/status chromium.status
POST chromium/done chromium.done
DELETE chromium chromium.delete
GET capabilities/self capabilities.self
DELETE code-proxy proxy.teardownCodeProxy
DELETE codex-proxy proxy.teardownCodexProxy`;

const LATER = ['extensions', 'workspace', 'chromium', 'whatsapp', 'backups', 'transfer', 'proxy'] as const;

export const seedRoutes: readonly SeedRoute[] = LINES.trim()
  .split('\n')
  .map((line) => {
    const [method = '', path = '', call = ''] = line.split(' ');
    const later = LATER.find((group) => call.startsWith(`${group}.`));
    return {
      method: method as SeedRoute['method'],
      path: path.startsWith('/') ? path : path === '.' ? '/api/v1/offices/{id}' : `/api/v1/offices/{id}/${path}`,
      call,
      ...(later === undefined ? {} : { later }),
    };
  });
