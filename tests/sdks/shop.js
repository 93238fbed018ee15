// A shop in a browser that goes wrong when something is bought; its address says who hears of it.
import * as Sentry from '@sentry/browser'

const asked = new URLSearchParams(location.search)

Sentry.init({
  dsn: asked.get('dsn'),
  release: 'shop@2.1.0',
  environment: 'production',
  // a header of its own makes the browser ask first whether it may send
  transportOptions: asked.has('asks') ? { headers: { 'X-Requested-With': 'shop' } } : {},
})
Sentry.setUser({ id: '42' })
window.flushed = () => Sentry.flush(5000)

function amountOf(cart) {
  return cart.items.reduce((sum, item) => sum + item.price, 0)
}

function buy() {
  document.title = `${amountOf({ lines: [] })} EUR`
}

document.querySelector('button').addEventListener('click', buy)
