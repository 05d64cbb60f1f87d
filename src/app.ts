// The proxy, put together: one server, the pipeline that its requests take (pipeline.ts, read it next), and
// the rotation that keeps credentials current. A reload replaces the pipeline and nothing else.

import { randomBytes } from 'node:crypto'
import { countFailures } from './access/clients/failures.ts'
import { followClients } from './access/clients/live-clients.ts'
import type { FollowedClients } from './access/clients/live-clients.ts'
import { limitClients } from './access/limits/client-limits.ts'
import { describeWhole } from './admin/dashboard/describe.ts'
import { createStream } from './admin/dashboard/stream.ts'
import { createAdminListener } from './admin/listener.ts'
import type { Lifecycle } from './admin/health.ts'
import { createKnowledge } from './diagnosis/knowledge.ts'
import { closeSilent, finishRequests, pause } from './drain.ts'
import { describeFailure, ProxyError } from './errors.ts'
import type { Emit } from './events.ts'
import { createGuardedServer } from './guard/guarded-server.ts'
import { judgeMachine } from './guard/same-machine.ts'
import { followCertificate } from './guard/tls/live-certificate.ts'
import type { FollowedCertificate } from './guard/tls/live-certificate.ts'
import { openListeners } from './listeners.ts'
import type { OpenListeners } from './listeners.ts'
import { recordIn } from './observe/audit/record.ts'
import { watchExchanges } from './observe/exchanges.ts'
import { createObservers } from './observe/observers.ts'
import { createRefusalReport } from './observe/refusals.ts'
import { createPacing } from './pacing/pacing.ts'
import { createPipeline } from './pipeline.ts'
import type { Pipeline, Surroundings } from './pipeline.ts'
import type { LivePlan, Proxy, ProxyParts } from './proxy.ts'
import { createRotation } from './secrets/rotation/rotation.ts'

/** Builds the proxy; it does not listen yet. */
export async function createProxy (parts: ProxyParts): Promise<Proxy> {
  const { log, audit, certificate } = parts
  if ((certificate === undefined) !== (parts.config.listen.tls === undefined)) throw new ProxyError('listen-failed', 'the certificate of listen.tls was not opened') // never plain http in its place
  const hopId = randomBytes(6).toString('hex')
  let { slots } = parts.secrets
  const lifecycle: Lifecycle = { started: false, stopping: false, canInject: () => slots.every(({ current }) => current !== undefined), keysAccepted: () => knowledge.keysAccepted() }
  const { tell, metrics, refusals, usage, traffic, sightings } = createObservers({
    log, maskText: parts.maskText, build: parts.build, inFlight: () => exchanges.inFlight(), lostLines: parts.lostLines, lostAuditLines: audit?.lost,
    isRedisUp: () => limits.isRedisUp(), credentials: () => slots, ways: () => pipeline.ways, budgets: () => pacing.uses(), certificate, processUse: parts.processUse, now: Date.now
  })
  const emit: Emit = (event) => {
    tell(event)
    knowledge.note(event)
    if (event.event === 'clients.reloaded') stream.endAll() // who was revoked sees no more
    if (event.event === 'refusal.diagnosed') rotation.refused(event.credential ?? '', event.fingerprint)
    if (event.event === 'route.checked' && event.result === 'refused') rotation.refused(event.credential, event.fingerprint)
  }
  const onDefect = (error: unknown): void => { emit({ event: 'internal.failed', ...describeFailure(error) }) }
  const exchanges = watchExchanges(emit, audit === undefined ? undefined : recordIn(audit, parts.maskText, Date.now))
  const rotation = createRotation(emit, onDefect, Date.now, () => performance.now())
  const knowledge = createKnowledge(emit, onDefect, rotation.expires)
  const limits = limitClients(emit)
  const report = createRefusalReport({ emit, maskText: parts.maskText })
  const isSameMachine = judgeMachine(parts.config.listen.socket !== undefined) // as it was at the start: a reload moves no listener
  const pacing = createPacing(() => performance.now())
  const clientMemory = { failed: countFailures(() => performance.now()), lastUsed: new Map<string, number>() }
  const stream = createStream({
    traffic, refusals, isStopping: () => lifecycle.stopping, now: Date.now,
    whole: () => describeWhole({ build: parts.build, lifecycle, maskText: parts.maskText, sightings, usage, pacing, lastUsed: clientMemory.lastUsed, plan: () => pipeline.plan })
  })
  let draining = false
  let requestCount = 0

  const surroundings: Surroundings = {
    hopId, lifecycle, metrics, refusals, usage, stream, emit, pacing, clientMemory,
    admit: limits.admit,
    explain: (refused, plan) => report(refused, knowledge.about(refused, plan)),
    isDraining: () => draining,
    isSameMachine,
    judgeConnection: (socket) => connections.judge(socket),
    isOverloaded: () => exchanges.inFlight() > pipeline.plan.config.listen.maxInFlight,
    nextId: () => `${hopId}-${(++requestCount).toString(36)}`,
    watch: exchanges.watch
  }
  await limits.follow(parts.config.limits, parts.redis)
  let pipeline: Pipeline = await createPipeline(parts, surroundings)

  const { server, use, connections, cut } = createGuardedServer({
    hopId, isSameMachine, emit,
    config: () => pipeline.plan.config,
    pair: certificate?.current,
    handle: (request, response) => { pipeline.handle(request, response) },
    isTrustedProxy: (address) => pipeline.isTrustedProxy(address),
    blame: exchanges.blame
  })

  const { admin } = parts.config
  const adminListener = admin === undefined ? undefined : createAdminListener(lifecycle, { host: admin.host, onStop: parts.onStop, logLevel: parts.logLevel })
  let listeners: OpenListeners | undefined
  const hurry = new AbortController()
  let followed: FollowedClients | undefined
  let followedCertificate: FollowedCertificate | undefined

  function follow ({ secrets, config, clients }: LivePlan): void {
    followed?.stop()
    followed = clients === undefined ? undefined : followClients(clients, emit, onDefect)
    slots = secrets.slots
    server.headersTimeout = config.timeouts.clientIdle
    const own = pipeline // what belongs to one config is tried on its connections only
    rotation.follow({ ...secrets, settings: config.rotation, verify: (credential) => own.verify(credential) })
    knowledge.follow({ ...own.plan, hostsFor: own.hostsFor })
  }

  async function close (): Promise<number> {
    const inFlight = exchanges.inFlight()
    hurry.abort()
    rotation.stop()
    followed?.stop()
    followedCertificate?.stop()
    limits.close()
    knowledge.close()
    pacing.close()
    metrics.close()
    exchanges.cutAll()
    listeners?.close()
    cut()
    adminListener?.server.closeAllConnections()
    await pipeline.close()
    await audit?.close() // last: what was cut is recorded, too
    return inFlight
  }

  return {
    async start () {
      try {
        listeners = await openListeners(server, adminListener?.server, parts.config)
        lifecycle.started = true
        follow(parts)
        if (certificate !== undefined) followedCertificate = followCertificate(certificate, { use, report: emit, onDefect, now: Date.now })
        return listeners.url
      } catch (error) {
        await close() // what is open would keep the process alive
        throw error
      }
    },
    async replace (plan) {
      const next = await createPipeline(plan, surroundings)
      await limits.follow(plan.config.limits, plan.redis)
      if (lifecycle.stopping) { // perhaps only since it was begun
        await next.close()
        return
      }
      const before = pipeline
      pipeline = next
      before.retire()
      stream.endAll() // another config may let others see it
      follow(plan)
    },
    rereadSecrets: async () => { await Promise.all([rotation.rereadAll(), followedCertificate?.reread()]) },
    async drain (signal) {
      lifecycle.stopping = true
      rotation.stop()
      knowledge.stop()
      emit({ event: 'proxy.draining', signal, in_flight: exchanges.inFlight() })
      const { delay, deadline } = pipeline.plan.config.drain
      await pause(delay, hurry.signal)
      draining = true
      listeners?.closeMain()
      closeSilent(connections)
      stream.endAll() // it has no end of its own
      const cut = await finishRequests(server, exchanges, deadline, hurry.signal)
      listeners?.close() // first: whoever is told may start the next proxy
      await adminListener?.tellStopped(cut)
      await close()
      return cut
    },
    close
  }
}
