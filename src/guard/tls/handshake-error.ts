// What a TLS handshake that failed tells those who run the proxy. The client gets an alert of TLS, if anything.

import type { Denial } from '../../exchange.ts'

/** Says something better than the code alone. */
const KNOWN: Readonly<Record<string, Pick<Denial, 'detail' | 'hint'>>> = {
  ERR_SSL_HTTP_REQUEST: { detail: 'this is plain http, but the proxy speaks TLS', hint: 'use https:// instead of http:// in the address' },
  ERR_SSL_WRONG_VERSION_NUMBER: { detail: 'these bytes are not TLS, but the proxy speaks TLS', hint: 'use https:// in the address' },
  ERR_SSL_UNSUPPORTED_PROTOCOL: { detail: 'the client speaks an old TLS; the proxy takes 1.2 and newer', hint: 'update the client' },
  ERR_SSL_NO_APPLICATION_PROTOCOL: { detail: 'the client wants another protocol than HTTP/1.1', hint: 'let it speak HTTP/1.1' },
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: { detail: 'the client does not trust the certificate of the proxy', hint: 'give the client the certificate of the authority that issued listen.tls.cert, and put those in between into that file' },
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: { detail: 'the client does not accept the certificate of the proxy', hint: 'check the names and the end of listen.tls.cert, and whether the client trusts its authority' },
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: { detail: 'the client does not accept the certificate of the proxy', hint: 'check the names and the end of listen.tls.cert, and whether the client trusts its authority' },
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: { detail: 'the certificate of the proxy has expired', hint: 'renew listen.tls.cert; the proxy takes the new file over while it runs' },
  ERR_TLS_HANDSHAKE_TIMEOUT: { detail: 'a connection was made and no TLS handshake came in time', hint: 'check what connects there; health checks should use the listener of admin.port' }
}

/** @returns Undefined for errors that are none of TLS. */
export function handshakeDenial ({ code = '' }: NodeJS.ErrnoException): Denial | undefined {
  const known = KNOWN[code]
  if (known !== undefined) return { code: 'request-ambiguous', ...known }
  if (!/^ERR_(?:SSL|TLS)_/.test(code)) return undefined
  return { code: 'request-ambiguous', detail: `TLS with the client failed (${code})`, hint: 'look the code up; it is that of OpenSSL or Node' }
}
