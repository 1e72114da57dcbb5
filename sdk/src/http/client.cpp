#include <calluna/http/message.hpp>
#include <calluna/io/http_client.hpp>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <map>
#include <mutex>

namespace calluna::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// One request on its way through its redirects.
struct exchange {
  request asked;
  client::completion done;
  steady_clock::time_point deadline;
  unsigned followed = 0;
  /// As it was asked: doing it again changes nothing.
  bool harmless = false;
};
using exchange_ptr = std::shared_ptr<exchange>;

/// The connections to one origin.
struct origin {
  std::unique_ptr<io::http_client> wire;
  std::size_t pending = 0;
  steady_clock::time_point used;
};

}  // namespace

/// Everything on the executor but `count`.
class client::impl : public std::enable_shared_from_this<impl> {
 public:
  impl(io::executor on, client_options options)
      : on_(std::move(on)), options_(options), idle_(on_) {}

  void begin(exchange_ptr const& e) {
    ++count_.requests;
    ++count_.pending;
    if (stopped_) return end(e, fail(error_kind::cancelled, "the client is closed"));
    if (auto good = check(e->asked); !good) return end(e, fail(std::move(good).error()));
    step(e);
  }

  void stop() {
    if (std::exchange(stopped_, true)) return;
    idle_.cancel();
    for (auto& [key, o] : origins_) o.wire->stop();
    origins_.clear();
    publish();
  }

  counters count() const {
    std::lock_guard const lock(mutex_);
    return published_;
  }
  io::executor const& executor() const noexcept { return on_; }

 private:
  void step(exchange_ptr const& e) {
    auto const to = parse_url(e->asked.url);
    if (!to) return end(e, fail(to.error()));
    auto const key = key_of(*to, e->asked);
    auto* const o = origin_of(key, *to, e->asked);
    if (o == nullptr)
      return end(e, fail(error_kind::rejected, "requests to too many servers are under way", true));
    auto const left = std::chrono::ceil<milliseconds>(e->deadline - steady_clock::now());
    if (left.count() <= 0)
      return end(e, fail(error_kind::timeout, to->origin() + ": no answer in time",
                         e->followed == 0 || e->harmless));
    ++o->pending;
    publish();
    o->wire->submit(wire_request(*to, e->asked), left,
                    [self = shared_from_this(), e, key, to = *to](auto answer) {
                      self->answered(e, key, to, std::move(answer));
                    });
  }

  static io::http_request wire_request(url const& to, request const& asked) {
    io::http_request r;
    r.method = *known_method(asked.method);
    r.target = to.target;
    r.content_type = {};
    r.body = asked.body;
    r.headers = asked.fields;
    r.max_body = std::max<std::size_t>(asked.max_body, 1);
    return r;
  }

  void answered(exchange_ptr const& e, std::string const& key, url const& from,
                result<io::http_response> answer) {
    if (auto const o = origins_.find(key); o != origins_.end()) {
      --o->second.pending;
      o->second.used = steady_clock::now();
    }
    if (!answer) {
      // After a redirect the first request has been seen, and may have done something.
      auto why = std::move(answer).error();
      if (e->followed != 0) why.retryable = why.retryable && e->harmless;
      return end(e, fail(std::move(why)));
    }
    response r{answer->status, gathered(answer->headers), std::move(answer->body), from.text()};
    auto next = next_request(e->asked, from, r, e->followed);
    if (!next) return end(e, fail(std::move(next).error()));
    if (!*next) return end(e, std::move(r));
    ++e->followed;
    e->asked = std::move(**next);
    // Not from inside of the connection that brought the answer.
    boost::asio::post(on_, [self = shared_from_this(), e] {
      if (self->stopped_) return self->end(e, fail(error_kind::cancelled, "the client was closed"));
      self->step(e);
    });
  }

  void end(exchange_ptr const& e, result<response> outcome) {
    --count_.pending;
    if (!outcome) ++count_.failed;
    if (!outcome && outcome.error().kind == error_kind::rejected) ++count_.rejected;
    publish();
    auto done = std::move(e->done);
    done(std::move(outcome));
  }

  static std::string key_of(url const& to, request const& asked) {
    auto key = to.origin();
    if (to.encrypted) (key += asked.verify ? " verified " : " unverified ") += asked.ca_file;
    return key;
  }

  origin* origin_of(std::string const& key, url const& to, request const& asked) {
    auto const known = origins_.find(key);
    if (known != origins_.end()) return &known->second;
    if (origins_.size() >= options_.max_origins && !drop_least_used()) return nullptr;
    io::http_client_options o;
    o.server.host = to.host;
    o.server.port = to.port;
    if (to.encrypted) o.server.tls = io::tls_options{asked.verify, asked.ca_file, {}};
    o.max_connections = options_.max_connections;
    o.max_pending = options_.max_pending;
    auto& made = origins_[key];
    made.wire = std::make_unique<io::http_client>(on_, std::move(o));
    made.used = steady_clock::now();
    if (origins_.size() == 1) arm();
    return &made;
  }

  bool drop_least_used() {
    auto least = origins_.end();
    for (auto at = origins_.begin(); at != origins_.end(); ++at)
      if (at->second.pending == 0 &&
          (least == origins_.end() || at->second.used < least->second.used))
        least = at;
    if (least == origins_.end()) return false;
    origins_.erase(least);
    return true;
  }

  void arm() {
    idle_.expires_after(options_.idle);
    idle_.async_wait([weak = weak_from_this()](boost::system::error_code const& code) {
      if (auto const self = weak.lock(); self && !code) self->drop_idle();
    });
  }

  void drop_idle() {
    auto const since = steady_clock::now() - options_.idle;
    std::erase_if(origins_, [&](auto const& one) {
      return one.second.pending == 0 && one.second.used <= since;
    });
    publish();
    if (!origins_.empty()) arm();
  }

  void publish() {
    count_.origins = origins_.size();
    std::lock_guard const lock(mutex_);
    published_ = count_;
  }

  io::executor on_;
  client_options options_;
  boost::asio::steady_timer idle_;
  std::map<std::string, origin> origins_;
  counters count_;
  bool stopped_ = false;
  mutable std::mutex mutex_;
  counters published_;
};

client::client(io::executor on, client_options options)
    : impl_(std::make_shared<impl>(std::move(on), options)) {}
client::~client() {
  stop();
}

void client::submit(request r, completion done) {
  auto e = std::make_shared<exchange>();
  e->deadline = steady_clock::now() + r.timeout;
  e->harmless = is_harmless(r.method);
  e->asked = std::move(r);
  e->done = std::move(done);
  boost::asio::post(impl_->executor(), [self = impl_, e = std::move(e)] { self->begin(e); });
}

client::counters client::count() const {
  return impl_->count();
}

void client::stop() {
  boost::asio::dispatch(impl_->executor(), [self = impl_] { self->stop(); });
}

}  // namespace calluna::http
