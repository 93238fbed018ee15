// An application in Node that goes wrong: `node order.mjs DSN RELEASE REVOKED_DSN`.
import * as Sentry from '@sentry/node'

const [dsn, release, revoked] = process.argv.slice(2)

class PaymentError extends Error {
  name = 'PaymentError'
}

function currencyOf(order) {
  throw new RangeError(`order ${order} has no currency`)
}

function charge(order) {
  try {
    currencyOf(order)
  } catch (cause) {
    throw new PaymentError(`order ${order} could not be charged`, { cause })
  }
}

async function failed(order) {
  try {
    charge(order)
  } catch (error) {
    Sentry.captureException(error)
  }
  await Sentry.flush(5000)
}

Sentry.init({
  dsn,
  release,
  environment: 'production',
  serverName: 'web-1',
  tracesSampleRate: 1,
  beforeSend: (event) => (event.message === 'not worth sending' ? null : event),
})
Sentry.setTag('area', 'checkout')
Sentry.setUser({ id: '42' })
Sentry.setContext('cart', { items: 'x'.repeat(40_000), api_token: 'tr0ub4dor' })
Sentry.addBreadcrumb({ category: 'cart', message: '3 items', level: 'info' })
Sentry.startSession()
Sentry.endSession()
await failed(4711)
Sentry.startSpan({ name: 'GET /cart' }, () => {})
Sentry.captureMessage('stock is low', 'warning')
Sentry.captureMessage('not worth sending')
await Sentry.flush(5000)
for (const order of [4712, 4713, 4714]) await failed(order)
await Sentry.close(5000)

Sentry.init({ dsn: revoked, defaultIntegrations: false })
await failed(4715)
process.exit(0)
