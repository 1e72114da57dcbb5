#include "client_impl.hpp"
#include "json_text.hpp"

#include <calluna/erp/erp_error.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace calluna::erp {

using std::chrono::steady_clock;

namespace {

constexpr auto login_limit = std::chrono::seconds(15);
// A login that was refused is not asked for again at once: each costs the server a third of a
// second.
constexpr auto first_refused_pause = std::chrono::seconds(5);
constexpr auto longest_refused_pause = std::chrono::minutes(5);
// Before a key's end that is told.
constexpr auto soon = std::chrono::hours(14 * 24);
// A login may last for months.
constexpr auto key_age_every = std::chrono::hours(24);

// Odoo's "2026-08-01 12:00:00", in UTC.
std::optional<std::chrono::system_clock::time_point> moment_of(nlohmann::json const& text) {
  std::tm parts{};
  if (!text.is_string()) return std::nullopt;
  if (strptime(text.get_ref<std::string const&>().c_str(), "%Y-%m-%d %H:%M:%S", &parts) == nullptr)
    return std::nullopt;
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

}  // namespace

void client::impl::when_ready(unique_function<void(result<void>)> go_on) {
  auto const now = time->now();
  if (state_ == connection_state::stopped)
    return go_on(fail(error_kind::cancelled, "the connection was stopped"));
  if (login) return go_on({});
  if (login_error_ && now < refused_until_) return go_on(fail(*login_error_));
  bool const trying = state_ == connection_state::connecting;
  if (!trying && !breaker_.would_allow(now)) {
    ++status_.rejected;
    return go_on(fail(error_kind::offline, "it did not answer; tried again in a while", true,
                      erp_errc::unreachable));
  }
  for_login_.push_back(std::move(go_on));
  if (!trying) start_login();
}

void client::impl::start_login() {
  state_ = connection_state::connecting;
  try_login(options.key, [self = shared_from_this()](result<session> outcome) {
    self->login_ended(std::move(outcome));
  });
}

void client::impl::forget_login() {
  login.reset();
  ++epoch_;
  state_ = connection_state::idle;
}

void client::impl::try_login(std::string key, login_done done) {
  probe talk({options.database, options.user, std::move(key), options.transport});
  logins_.push_back(std::make_shared<login_attempt>(
      login_attempt{std::move(talk), std::move(done), steady_clock::now() + login_limit}));
  pump();
}

// Sends the next request of the first attempt, one at a time.
void client::impl::step_login() {
  while (!login_under_way_ && !logins_.empty() && pool_->has_free()) {
    auto const attempt = logins_.front();
    if (attempt->talk.finished()) {
      logins_.pop_front();
      attempt->done(attempt->talk.outcome());
      continue;
    }
    if (!breaker_.allow(time->now())) {
      logins_.pop_front();
      attempt->done(fail(error_kind::offline, "it did not answer; tried again in a while", true,
                         erp_errc::unreachable));
      continue;
    }
    login_under_way_ = true;
    ++status_.requests;
    pool_->start(
        attempt->talk.next(), attempt->deadline,
        [self = shared_from_this(), attempt](exchange_outcome wire) -> unique_function<void()> {
          return [self, attempt, wire = std::move(wire)]() mutable {
            self->login_stepped(*attempt, std::move(wire));
          };
        });
  }
}

void client::impl::login_stepped(login_attempt& attempt, exchange_outcome wire) {
  login_under_way_ = false;
  if (stopping) stop();
  judge(wire);
  if (state_ == connection_state::stopped) return;
  if (wire.answer) {
    attempt.talk.feed(*wire.answer);
  } else {
    auto const ended = logins_.front();
    logins_.pop_front();
    auto why = wire.answer.error();
    why.retryable = why.kind == error_kind::offline || why.kind == error_kind::timeout;
    ended->done(fail(std::move(why)));
  }
  pump();
}

void client::impl::login_ended(result<session> outcome) {
  if (state_ == connection_state::stopped) return;
  call const nothing;
  result<void> told;
  if (outcome) {
    use_login(*outcome);
  } else {
    auto const& e = outcome.error();
    told = fail(e);
    bool const passing = e.kind == error_kind::offline || e.kind == error_kind::timeout;
    state_ = passing ? connection_state::unreachable : connection_state::refused;
    if (!passing) {
      login_error_ = e;
      refused_pause_ = std::min<std::chrono::seconds>(
          std::max<std::chrono::seconds>(refused_pause_ * 2, first_refused_pause),
          longest_refused_pause);
      refused_until_ = time->now() + refused_pause_;
    }
    auto const advice = advice_for(e, nothing, options.user);
    tell(passing ? log_level::warning : log_level::error,
         advice.empty() ? fmt::format("{}: {}", options.url, e.message)
                        : fmt::format("{}: {}", options.url, advice));
  }
  auto waiting = std::move(for_login_);
  for_login_.clear();
  for (auto& go_on : waiting) go_on(told);
  if (outcome) ask_key_age();
  publish();
}

void client::impl::use_login(session const& s) {
  login = s;
  state_ = connection_state::ready;
  login_error_.reset();
  refused_pause_ = {};
  key_asked_ = time->now();  // whoever logs in asks
  tell(log_level::info, fmt::format("{}: Odoo {}, by {}", options.url,
                                    s.version.text.empty() ? "of unknown version" : s.version.text,
                                    to_string(s.transport)));
}

// -- the key's age

void client::impl::ask_key_age_daily() {
  if (time->now() - key_asked_ >= key_age_every) ask_key_age();
}

void client::impl::ask_key_age() {
  key_asked_ = time->now();
  call c{"res.users.apikeys", "search_read", {}, {}, "[]"};
  c.named = json_text({{"domain", {{"user_id", "=", login->uid}}},
                       {"fields", {"name", "create_date", "expiration_date"}}});
  // Not everybody may ask; then it stays unknown.
  auto p = make(std::move(c), login_limit, [self = shared_from_this()](result<json> keys) {
    if (keys) self->read_key_age(*keys);
  });
  p->quiet = true;
  enter(std::move(p));
}

void client::impl::read_key_age(json const& keys) {
  json const* ours = nullptr;
  for (auto const& key : keys) {
    if (!key.is_object()) continue;
    bool const named = !options.key_name.empty() && key.value("name", json()) == options.key_name;
    if (named || (options.key_name.empty() && keys.size() == 1)) ours = &key;
  }
  status_.key_created.reset();
  status_.key_expires.reset();
  if (ours != nullptr) {
    status_.key_created = moment_of(ours->value("create_date", json()));
    status_.key_expires = moment_of(ours->value("expiration_date", json()));
  }
  auto const now = std::chrono::system_clock::now();
  if (status_.key_expires && *status_.key_expires - now < soon)
    tell(log_level::warning,
         fmt::format("the key ends on {}: make the next one in Odoo and rotate it",
                     ours->value("expiration_date", "")));
  publish();
}

// -- another key

void client::rotate_key(std::string key, unique_function<void(result<void>)> done) {
  boost::asio::post(impl_->on,
                    [impl = impl_, key = std::move(key), done = std::move(done)]() mutable {
                      impl->change_key(std::move(key), std::move(done));
                    });
}

void client::impl::change_key(std::string key, unique_function<void(result<void>)> done) {
  if (state_ == connection_state::stopped)
    return done(fail(error_kind::cancelled, "the connection was stopped"));
  if (unusable_) return done(fail(*unusable_));
  secrets_.push_back(key);
  auto const candidate = key;
  try_login(candidate, [self = shared_from_this(), key = std::move(key),
                        done = std::move(done)](result<session> outcome) mutable {
    if (!outcome) return done(fail(self->clean(outcome.error())));
    self->options.key = std::move(key);
    ++self->epoch_;
    self->use_login(*outcome);
    self->tell(log_level::info, "the new key is in use");
    self->ask_key_age();
    self->publish();
    done({});
  });
}

}  // namespace calluna::erp
