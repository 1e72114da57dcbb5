#include "visit_table.hpp"

#include "app_impl.hpp"

#include <boost/asio/post.hpp>

namespace calluna::bindings {

std::size_t size_of(http_exchange const& exchange) noexcept {
  auto const& request = exchange.request();
  return sizeof request + request.path.size() + request.body.size();
}

void refuse(http_exchange& exchange) {
  exchange.respond({503,
                    {{"content-type", "application/json"}, {"retry-after", "1"}},
                    R"({"error":"the app is not available"})"});
}

void fail(http_exchange& exchange) {
  exchange.respond({500, {{"content-type", "application/json"}}, R"({"error":"internal error"})"});
}

bool is_gone(http_exchange const& exchange) noexcept {
  return exchange.gone();
}

void on_gone(http_exchange& exchange, unique_function<void()> tell) {
  exchange.on_gone(std::move(tell));
}

char const* gone_words(http_exchange const&) noexcept {
  return "the client has left";
}

std::size_t size_of(agi::connection const& session) noexcept {
  std::size_t size = sizeof session.call() + session.call().query.size();
  for (auto const& one : session.call().arguments) size += one.size();
  return size;
}

// Whatever goes wrong here, the caller's dialplan goes on.
void refuse(agi::connection& session) {
  session.close();
}

void fail(agi::connection& session) {
  session.close();
}

bool is_gone(agi::connection const& session) noexcept {
  return session.gone();
}

void on_gone(agi::connection& session, unique_function<void()> tell) {
  session.on_gone(std::move(tell));
}

char const* gone_words(agi::connection const&) noexcept {
  return "the channel has hung up";
}

std::uint32_t visit_table::add(int function) {
  functions_.push_back(function);
  return static_cast<std::uint32_t>(functions_.size());
}

int visit_table::function_of(std::uint32_t handler) const noexcept {
  return handler == 0 || handler > functions_.size() ? LUA_NOREF : functions_[handler - 1];
}

void visit_table::begin(app& of, task_id task) {
  if (!arrived_) return;
  auto const& at = open_.emplace(task, open_visit{std::move(*arrived_), nullptr}).first->second;
  arrived_.reset();
  auto const* const words = std::visit([](auto const& v) { return gone_words(*v); }, at.item.what);
  auto tell = [weak = of.weak_from_this(), task, words] {
    auto const alive = weak.lock();
    if (!alive) return;
    boost::asio::post(alive->inside().executor, [weak, task, words] {
      auto const still_alive = weak.lock();
      if (!still_alive) return;
      still_alive->inside().tasks.doom(task, {error_kind::gone, words, false, {}});
      still_alive->inside().work();
    });
  };
  std::visit([&](auto const& v) { on_gone(*v, std::move(tell)); }, at.item.what);
}

void visit_table::at_end(task_id task, unique_function<void(bool failed)> close) {
  if (auto const found = open_.find(task); found != open_.end())
    found->second.close = std::move(close);
}

void visit_table::fail(task_id task) {
  auto const found = open_.find(task);
  if (found == open_.end()) return;
  found->second.failed = true;
  std::visit([](auto const& v) { bindings::fail(*v); }, found->second.item.what);
}

void visit_table::end(task_id task) {
  auto const found = open_.find(task);
  if (found == open_.end()) return;
  auto ended = std::move(found->second);
  open_.erase(found);
  if (ended.close) ended.close(ended.failed);
}

void visit_table::refuse_all(std::vector<mailbox::visit_item> waiting) {
  auto const turn_away = [](mailbox::visit_item const& item) {
    std::visit([](auto const& v) { refuse(*v); }, item.what);
  };
  if (arrived_) turn_away(*arrived_);
  arrived_.reset();
  for (auto const& item : waiting) turn_away(item);
  for (auto& [task, at] : std::exchange(open_, {})) {
    turn_away(at.item);
    if (at.close) at.close(false);
  }
}

}  // namespace calluna::bindings
