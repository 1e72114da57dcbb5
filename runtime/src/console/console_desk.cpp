#include "console_desk.hpp"

#include "read_only.hpp"

#include <calluna/bindings/function_module.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <vector>

namespace calluna::runtime::console {
namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
using nlohmann::json;

/// A line may run so long without waiting; then it is interrupted, for so long before it is given
/// up.
constexpr auto budget = 2s, interrupted_within = 2s;

app_config console_app() {
  app_config made;
  made.name = "console";
  made.path = "calluna:console";
  made.memory_bytes = std::size_t{64} << 20;
  made.soft_memory_bytes = std::size_t{48} << 20;
  made.budget = budget;
  return made;
}

error over() {
  return {error_kind::gone, "this console is over", false, {}};
}

}  // namespace

console_desk::console_desk(io::executor io, supervisor& of, logger log,
                           std::chrono::milliseconds asks_within)
    : io_(std::move(io)),
      of_(of),
      log_(std::move(log)),
      asks_within_(asks_within),
      watchdog_(io_) {}

console_desk::~console_desk() = default;

void console_desk::answer(json const& request, std::optional<uid_t> user,
                          control_server::reply reply) {
  auto const what = request.value("do", "");
  if (what == "open") return open(request.value("write", false), user, std::move(reply));
  auto const number = request.value("session", std::uint64_t{0});
  auto const found = sessions_.find(number);
  if (found == sessions_.end() || !found->second->open) return reply(fail(over()));
  auto& s = *found->second;
  if (what == "line") return s.run(request.value("text", ""), std::move(reply));
  if (what == "interrupt") s.interrupt();
  if (what == "more" || what == "interrupt") return s.more(std::move(reply));
  if (what != "close")
    return reply(fail(error_kind::invalid, "console: do open, line, more, interrupt or close"));
  end(number);
  reply(json::object());
}

void console_desk::open(bool write, std::optional<uid_t> user, control_server::reply reply) {
  if (stopping_) return reply(fail(error_kind::gone, "the runtime is being stopped"));
  if (sessions_.size() + ending_ >= most_sessions)
    return reply(
        fail(error_kind::rejected, fmt::format("{} consoles at most are open", most_sessions)));
  auto const number = ++last_;
  log_.info(fmt::format("a console{} is opened by {}", write ? " that may write" : "",
                        user ? fmt::format("user {}", *user) : "somebody unknown"));
  // On the script's thread.
  auto const tell = [this, io = io_, alive = std::weak_ptr(alive_), number](
                        std::string_view what, json const& told) -> result<json> {
    boost::asio::post(io, [this, alive, number, what = std::string(what), told] {
      if (!alive.expired()) heard(number, what, told);
    });
    return json();
  };
  auto words = std::make_shared<bindings::feed>();
  auto script = of_.make_guest(console_app(), *this);
  auto& options = script->options();
  options.modules.push_back(words->module("calluna.console_words"));
  options.modules.push_back(bindings::function_module("calluna.console_told", tell));
  options.survives_interruption = true;
  options.serves_nobody = true;
  if (!write) make_read_only(options, script->loop());
  sessions_.emplace(number, std::make_unique<session>(io_, script, std::move(words)));
  script->load([this, alive = std::weak_ptr(alive_), number,
                reply = std::move(reply)](result<void> outcome) mutable {
    if (!alive.expired()) opened(number, std::move(outcome), std::move(reply));
  });
  if (!std::exchange(watching_, true)) watch();
}

void console_desk::opened(std::uint64_t number, result<void> outcome, control_server::reply reply) {
  auto const found = sessions_.find(number);
  if (found == sessions_.end()) return reply(fail(over()));
  if (!outcome) {
    end(number);
    return reply(fail(outcome.error()));
  }
  of_.admit(found->second->script());
  found->second->open = true;
  reply(json{{"session", number}});
}

void console_desk::heard(std::uint64_t number, std::string const& what, json const& told) {
  auto const found = sessions_.find(number);
  if (found == sessions_.end()) return;
  auto text = told.value("text", "");
  if (what == "print") return found->second->printed(std::move(text));
  found->second->finished(told.value("line", std::uint64_t{0}), what, std::move(text));
}

void console_desk::end(std::uint64_t number, bool stuck) {
  auto const found = sessions_.find(number);
  if (found == sessions_.end()) return;
  auto const ended = std::move(found->second);
  sessions_.erase(found);
  ended->dismiss(over());
  ++ending_;
  ended->script()->kill(stuck, [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    if (--ending_ == 0 && stopping_ && stopped_) std::exchange(stopped_, nullptr)();
  });
}

void console_desk::stop(unique_function<void()> done) {
  stopping_ = true;
  stopped_ = std::move(done);
  watchdog_.cancel();
  while (!sessions_.empty()) end(sessions_.begin()->first);
  if (ending_ == 0 && stopped_) std::exchange(stopped_, nullptr)();
}

void console_desk::on_generation_broken(generation_id id, error const& why) {
  for (auto const& [number, s] : sessions_) {
    if (s->script()->id() != id) continue;
    log_.warning("a console has ended: " + why.message);
    s->dismiss({error_kind::gone, "this console has ended: " + why.message, false, {}});
    return end(number);
  }
}

// -- the watchdog

void console_desk::watch() {
  bool interrupting = false;
  std::vector<std::uint64_t> all;
  for (auto const& [number, s] : sessions_) all.push_back(number);
  for (auto const number : all) look_at(number, *sessions_.at(number), interrupting);
  watching_ = !sessions_.empty();
  if (!watching_) return;
  watchdog_.expires_after(interrupting ? 2ms : 25ms);
  watchdog_.async_wait(
      [this, alive = std::weak_ptr(alive_)](boost::system::error_code const& code) {
        if (!code && !alive.expired()) watch();
      });
}

void console_desk::look_at(std::uint64_t number, session& s, bool& interrupting) {
  auto const now = clock_type::now();
  if (s.open && s.silent_for(now) > asks_within_) {
    log_.info("nobody asks a console for anything: it has ended");
    return end(number);
  }
  auto& script = *s.script();
  auto const running = script.running_for(now);
  if (running > budget + interrupted_within) {
    log_.error("a console is stuck in a call that cannot be interrupted");
    return end(number, true);
  }
  bool const too_long = running >= budget;
  if (!too_long && !(s.interrupting() && running > 0ms)) return;
  if (too_long && !s.interrupting()) s.interrupt();
  interrupting = true;
  script.interrupt();
}

}  // namespace calluna::runtime::console
