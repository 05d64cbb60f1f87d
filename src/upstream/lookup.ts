// Name look-up for plain http upstreams beyond this machine (`insecure: true`). Without TLS nothing
// proves who answers, so a name that leads to a cloud's metadata service is refused at the moment it is
// dialled, whatever it led to when the config was read.

import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isMetadata } from '../config/addresses.ts'

/** Like dns.lookup, but fails with EACCES for link-local and metadata addresses. */
export const lookupWithoutMetadata: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = error === null ? addresses : []
    if (error !== null || first === undefined) {
      done(error ?? Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), [])
    } else if (addresses.some(({ address }) => isMetadata(address))) {
      done(Object.assign(new Error('metadata address'), { code: 'EACCES' }), [])
    } else if (options.all === true) {
      done(null, addresses)
    } else {
      done(null, first.address, first.family)
    }
  })
}
