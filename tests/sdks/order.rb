# An application in Ruby that goes wrong: `ruby order.rb DSN RELEASE REVOKED_DSN`.
# What its library says of each error that was not taken stands on standard output.
require "logger"
require "sentry-ruby"

dsn, release, revoked = ARGV
said = Logger.new($stdout, formatter: ->(_, _, _, message) { "#{message.to_s.gsub(/\s+/, ' ')}\n" })

def sent_to(dsn, release, said)
  Sentry.init do |config|
    config.dsn = dsn
    config.release = release
    config.environment = "production"
    config.server_name = "web-1"
    config.traces_sample_rate = 1.0
    config.background_worker_threads = 0 # each is sent before the call returns
    config.project_root = __dir__
    config.app_dirs_pattern = /order/
    config.logger = said
  end
end

class PaymentError < StandardError; end

def charge(order)
  begin
    Integer("four")
  rescue ArgumentError
    raise PaymentError, "order #{order} could not be charged"
  end
end

def failed(order)
  charge(order)
rescue PaymentError => e
  Sentry.capture_exception(e)
end

sent_to(dsn, release, said)
Sentry.set_tags(area: "checkout")
Sentry.set_user(id: "42")
Sentry.set_context("cart", { items: "x" * 40_000, api_token: "tr0ub4dor" })
Sentry.add_breadcrumb(Sentry::Breadcrumb.new(category: "cart", message: "3 items", level: "info"))
failed(4711)
Sentry.start_transaction(name: "GET /cart", op: "http.server").finish
Sentry.capture_message("stock is low", level: :warning)
[4712, 4713, 4714].each { |order| failed(order) }

sent_to(revoked, release, said)
failed(4715)
