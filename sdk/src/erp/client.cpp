#include "client_impl.hpp"
#include "json_text.hpp"

#include <calluna/erp/erp_error.hpp>
#include <calluna/erp/failure.hpp>
#include <calluna/erp/json2.hpp>
#include <calluna/erp/json_rpc.hpp>
#include <calluna/erp/plain_text.hpp>
#include <calluna/erp/read_batch.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/strand.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace calluna::erp {

using nlohmann::json;
using std::chrono::steady_clock;

namespace {

bool is_lost_login(error const& e) {
  return e.code == erp_errc::access_denied || e.code == erp_errc::session_expired;
}

// Reads that may travel together have this in common; empty: not a plain read.
std::string batch_key(pending const& p) {
  if (p.alone || p.c.method != "read" || !p.c.ids || p.c.positional != "[]") return {};
  return p.c.model + '\n' + p.c.named;
}

}  // namespace

bool is_of_login(error const& e) noexcept {
  return is_lost_login(e) || e.code == erp_errc::unknown_database || e.code == erp_errc::not_odoo;
}

client::impl::impl(io::executor const& on_, io::executor blocking_, client_options o, logger l,
                   std::shared_ptr<clock const> t)
    : on(boost::asio::make_strand(on_)),
      blocking(std::move(blocking_)),
      options(std::move(o)),
      log(std::move(l)),
      time(std::move(t)),
      secrets_{options.key} {
  auto address = parse_url(options.url);
  if (!address) unusable_ = address.error();
  if (address && options.max_connections < 1) options.max_connections = 1;
  if (address && !address->encrypted && !address->loopback)
    log.warning(fmt::format("{} is not encrypted: the key can be read on the way", options.url));
  pool_ =
      std::make_shared<connection_pool>(on, blocking, address.value_or(server_address{}),
                                        options.tls, options.max_answer, options.max_connections);
  publish();
}

pending_ptr client::impl::make(call c, duration timeout, completion done) {
  auto p = std::make_shared<pending>(on, std::move(c), std::move(done));
  p->deadline = steady_clock::now() + limit_of(timeout);
  return p;
}

void client::impl::accept(pending_ptr p) {
  ++status_.calls;
  if (alive_.size() < options.max_pending) return enter(std::move(p));
  ++status_.rejected;
  alive_.insert(p);
  settle(p, fail(error_kind::rejected, fmt::format("{} calls wait already", options.max_pending),
                 true, erp_errc::busy));
}

void client::impl::enter(pending_ptr p) {
  alive_.insert(p);
  if (unusable_) return settle(p, fail(*unusable_));
  if (state_ == connection_state::stopped)
    return settle(p, fail(error_kind::cancelled, "the connection was stopped"));
  arm(p);
  when_ready([self = shared_from_this(), p](result<void> ready) {
    if (!ready) {
      p->quiet = true;
      return self->settle(p, fail(ready.error()));
    }
    self->prepare(p);
  });
  publish();
}

void client::impl::arm(pending_ptr const& p) {
  p->timer.expires_at(p->deadline);
  p->timer.async_wait(
      boost::asio::bind_executor(on, [self = shared_from_this(), p](auto const& ended) {
        if (!ended) self->on_deadline(p);
      }));
}

void client::impl::on_deadline(pending_ptr const& p) {
  bool const harmless = !p->sent || is_repeatable(p->c.method);
  settle(p, fail(error_kind::timeout, "no answer in time", harmless, erp_errc::timeout));
  for (auto const& [job, g] : running_)
    if (std::all_of(g.begin(), g.end(), [](auto const& one) { return one->settled; }))
      pool_->abort(job);
}

void client::impl::settle(pending_ptr const& p, result<json> outcome) {
  if (std::exchange(p->settled, true)) return;
  p->timer.cancel();
  alive_.erase(p);
  if (!outcome) {
    auto const advice = advice_for(outcome.error(), p->c, options.user);
    outcome = fail(clean(with_place(std::move(outcome).error(), p->c)));
    ++status_.failed;
    status_.last_error = one_line(to_string(outcome.error()));
    status_.last_error_at = std::chrono::system_clock::now();
    if (!p->quiet && !advice.empty() && !is_of_login(outcome.error()))
      tell(log_level::warning, advice);
  }
  publish();
  auto done = std::move(p->done);
  p->on_ready = nullptr;
  done(std::move(outcome));
}

// -- the login is there

void client::impl::prepare(pending_ptr const& p) {
  if (p->settled) return;
  ask_key_age_daily();
  if (p->on_ready)
    if (auto answer = p->on_ready(p->c, *login)) return settle(p, std::move(*answer));
  bool const adaptable = p->c.method == "search_read" || p->c.method == "read" ||
                         p->c.method == "search" || p->c.method == "search_count";
  if (p->as_it_is || !adaptable) return enqueue(p);
  when_fields(p->c.model, p->deadline,
              [self = shared_from_this(), p](result<model_ptr> const& known) {
                if (p->settled) return;
                if (known) self->adapt(*p, **known);
                p->as_it_is = true;
                self->enqueue(p);
              });
}

void client::impl::enqueue(pending_ptr p, bool first) {
  first ? queue_.push_front(std::move(p)) : queue_.push_back(std::move(p));
  pump();
}

void client::impl::pump() {
  step_login();
  while (login && pool_->has_free() && !queue_.empty()) {
    auto g = next_group();
    if (g.empty()) continue;
    if (breaker_.allow(time->now())) {
      send(std::move(g));
      continue;
    }
    status_.rejected += g.size();
    for (auto const& p : g)
      settle(p, fail(error_kind::offline, "it did not answer; tried again in a while", true,
                     erp_errc::unreachable));
  }
  publish();
}

// The first that waits, and the reads that can go with it.
client::impl::group client::impl::next_group() {
  group g;
  std::string key;
  read_batch batch;
  for (auto at = queue_.begin(); at != queue_.end();) {
    auto const& p = *at;
    bool const taken =
        p->settled || g.empty() || (!key.empty() && batch_key(*p) == key && batch.add(*p->c.ids));
    if (!taken) {
      ++at;
      continue;
    }
    if (!p->settled) {
      if (g.empty() && !(key = batch_key(*p)).empty()) batch.add(*p->c.ids);
      g.push_back(p);
    }
    at = queue_.erase(at);
    if (!g.empty() && key.empty()) break;
  }
  return g;
}

result<http_request> client::impl::request_of(call const& c,
                                              std::shared_ptr<byte_source> data) const {
  auto request =
      login->transport == transport::json2
          ? json2::call_request({options.database, options.key}, c)
          : json_rpc::call_request({options.database, options.user, options.key}, login->uid, c);
  if (!request || !data) return request;
  auto const at = request->body.find(stream_mark);
  if (at == std::string::npos || request->body.find(stream_mark, at + 1) != std::string::npos)
    return fail(error_kind::invalid, "this name cannot be attached", false, erp_errc::arguments);
  request->tail = request->body.substr(at + stream_mark.size());
  request->body.resize(at);
  request->data = std::move(data);
  return request;
}

void client::impl::send(group g) {
  auto c = g.front()->c;
  if (g.size() > 1) {
    read_batch batch;
    for (auto const& p : g) batch.add(*p->c.ids);
    c.ids = batch.ids();
  }
  auto request = request_of(c, g.front()->data);
  if (!request) {
    breaker_.gave_up();
    for (auto const& p : g) settle(p, fail(request.error()));
    return;
  }
  auto until = g.front()->deadline;
  for (auto const& p : g) {
    until = std::max(until, p->deadline);
    p->sent = true;
  }
  ++status_.requests;
  status_.batched += g.size() - 1;
  auto const used = login->transport;
  auto const job = std::make_shared<connection_pool::job_id>();
  *job = pool_->start(std::move(*request), until,
                      [self = shared_from_this(), g, job, used,
                       epoch = epoch_](exchange_outcome wire) -> unique_function<void()> {
                        auto outcome = !wire.answer ? result<json>(fail(wire.answer.error()))
                                       : used == transport::json2 ? json2::decode(*wire.answer)
                                                                  : json_rpc::decode(*wire.answer);
                        return [self, g, job, epoch, wire = std::move(wire),
                                outcome = std::move(outcome)]() mutable {
                          self->running_.erase(*job);
                          self->finished(g, epoch, wire, std::move(outcome));
                          self->pump();
                        };
                      });
  running_.emplace(*job, std::move(g));
}

// -- the answer is there

// What it says of the server's health.
void client::impl::judge(exchange_outcome const& wire) {
  bool const answered = wire.answer && wire.answer->status != 502 && wire.answer->status != 503 &&
                        wire.answer->status != 504;
  if (answered) {
    breaker_.succeeded();
    status_.last_answer_at = std::chrono::system_clock::now();
    return;
  }
  bool const late = !wire.answer && wire.answer.error().code == erp_errc::timeout && wire.sent;
  if (wire.answer || wire.answer.error().code == erp_errc::unreachable || late)
    breaker_.failed(time->now());
  else
    breaker_.gave_up();
}

void client::impl::finished(group const& g, std::uint64_t epoch, exchange_outcome const& wire,
                            result<json> outcome) {
  if (stopping) stop();  // its abort may be noticed before itself
  judge(wire);
  if (outcome) return spread(g, std::move(outcome));
  auto& e = outcome.error();
  if (is_lost_login(e) && renew_login(g, epoch, e)) return;
  if (e.code == erp_errc::unknown_field) models_.erase(g.front()->c.model);
  bool const lost =
      !wire.answer || e.code == erp_errc::unreachable || e.code == erp_errc::malformed;
  if (!lost && g.size() > 1) {  // one of them spoils it for the others
    for (auto p = g.rbegin(); p != g.rend(); ++p) {
      (*p)->alone = true;
      queue_.push_front(*p);
    }
    return;
  }
  for (auto const& p : g) {
    auto mine = e;
    if (e.kind == error_kind::offline || e.kind == error_kind::timeout)
      mine.retryable = !wire.sent || is_repeatable(p->c.method);
    settle(p, fail(std::move(mine)));
  }
}

void client::impl::spread(group const& g, result<json> outcome) {
  if (g.size() == 1) return settle(g.front(), std::move(outcome));
  read_batch batch;
  for (auto const& p : g) batch.add(*p->c.ids);
  auto parts = batch.split(*outcome);
  for (std::size_t i = 0; i < g.size(); ++i) settle(g[i], std::move(parts[i]));
}

// The server no longer knows us: log in again, and once more the same. True if that is under way.
bool client::impl::renew_login(group const& g, std::uint64_t epoch, error const& why) {
  bool any = false;
  for (auto const& p : g) any = any || (!p->repeated && !p->settled);
  if (!any || state_ == connection_state::stopped) return false;
  if (epoch == epoch_) forget_login();
  for (auto const& p : g) {
    if (std::exchange(p->repeated, true)) {
      settle(p, fail(why));
      continue;
    }
    p->sent = false;
    when_ready([self = shared_from_this(), p](result<void> ready) {
      if (!ready) return self->settle(p, fail(ready.error()));
      if (!p->settled) self->enqueue(p, true);
    });
  }
  return true;
}

error client::impl::with_place(error e, call const& c) const {
  auto const place = to_string(c) + ": ";
  if (!c.method.empty() && e.message.rfind(place, 0) != 0) e.message.insert(0, place);
  return e;
}

void client::impl::stop() {
  if (state_ == connection_state::stopped) return;
  state_ = connection_state::stopped;
  login.reset();
  error const why{error_kind::cancelled, "the connection was stopped", false, {}};
  pool_->close();
  auto const all = std::move(alive_);
  alive_.clear();
  for (auto const& p : all) settle(p, fail(why));
  queue_.clear();
  auto const logins = std::move(logins_);
  for (auto const& attempt : logins) attempt->done(fail(why));
  auto waiting = std::move(for_login_);
  for (auto& go_on : waiting) go_on(fail(why));
  auto for_fields = std::move(for_fields_);
  for_fields_.clear();
  for (auto& [name, list] : for_fields)
    for (auto& go_on : list) go_on(fail(why));
  publish();
}

// -- small things

client::duration client::impl::limit_of(duration timeout) const noexcept {
  return timeout.count() > 0 ? timeout : options.timeout;
}

std::string client::impl::clean(std::string text) const {
  for (auto const& secret : secrets_) text = without_secret(std::move(text), secret);
  return text;
}

error client::impl::clean(error e) const {
  e.message = clean(std::move(e.message));
  return e;
}

void client::impl::tell(log_level level, std::string const& line) {
  auto const text = clean(line);
  if (told_.is_news(text, time->now())) log.write(level, text);
}

void client::impl::publish() {
  auto& s = status_;
  s.name = options.name;
  s.url = unusable_ ? std::string() : options.url;  // a wrong one may hold a password
  s.database = options.database;
  s.user = options.user;
  s.state = state_;
  s.transport = login ? std::optional(login->transport) : s.transport;
  s.version = login ? login->version : s.version;
  s.breaker = breaker_.state();
  s.connections = pool_->open();
  s.busy = pool_->busy();
  s.max_connections = options.max_connections;
  s.waiting = queue_.size() + for_login_.size();
  std::lock_guard const lock(published_mutex_);
  published_ = s;
}

}  // namespace calluna::erp
