#include "application.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <functional>
#include <utility>

namespace calluna::ari {
namespace {

using clock = std::chrono::steady_clock;

}  // namespace

application::application(client_context& context, rest_line& line, host& owner, std::string name,
                         bool everything)
    : context_(context),
      line_(line),
      owner_(owner),
      name_(std::move(name)),
      everything_(everything),
      backoff_(context.options.backoff, std::hash<std::string>{}(context.url + name_)),
      timer_(context.on) {}

void application::want() {
  wanted_ = true;
  if (!socket_ && !waiting_) open();
}

void application::end() {
  wanted_ = false;
  if (socket_) return socket_->close();
  open_after(std::chrono::milliseconds(0));  // only to be told of its end
}

std::vector<rest_call> application::abandon() {
  wanted_ = false;
  timer_.cancel();
  auto const socket = std::exchange(socket_, nullptr);
  return socket ? socket->abandon() : std::vector<rest_call>{};
}

event_socket* application::rest() noexcept {
  return socket_ && socket_->carries_rest() ? socket_.get() : nullptr;
}

event_socket::time_point application::sweep(event_socket::time_point now) {
  auto const socket = socket_;
  return socket ? socket->sweep(now) : event_socket::time_point::max();
}

void application::open() {
  waiting_ = false;
  socket_ = std::make_shared<event_socket>(context_, line_, *this, name_, everything_);
  socket_->open();
}

void application::open_after(std::chrono::milliseconds wait) {
  waiting_ = true;
  timer_.expires_after(wait);
  timer_.async_wait([self = weak_from_this(), owner = std::weak_ptr<void>(owner_.hold())](
                        boost::system::error_code const& code) {
    auto const keep = owner.lock();
    auto const a = self.lock();
    if (code || !keep || !a || !a->waiting_ || clock::now() < a->timer_.expiry()) return;
    if (a->owner_.listener() == nullptr) return;
    if (a->wanted_) return a->open();
    a->waiting_ = false;
    a->owner_.on_ended(*a);
  });
}

void application::on_open() {
  up_ = true;
  up_since_ = clock::now();
  last_reason_.clear();
  context_.log.info(fmt::format("application '{}': connected to {}", name_, context_.url));
  if (auto* const l = owner_.listener()) l->on_ari_state(name_, application_state::up, nullptr);
}

void application::on_events(event_batch const& batch) {
  if (auto* const l = owner_.listener()) l->on_ari_events(name_, batch);
}

void application::on_replaced() {
  wanted_ = false;
  up_ = false;
  error const why{error_kind::gone, fmt::format("application '{}' was taken over by another "
                                                "WebSocket",
                                                name_)};
  context_.log.warning(why.message);
  if (auto* const l = owner_.listener()) l->on_ari_state(name_, application_state::replaced, &why);
}

void application::on_answer(rest_call call, result<response> answer) {
  owner_.on_answer(std::move(call), std::move(answer));
}

void application::on_closed(error const& why) {
  auto const socket = std::exchange(socket_, nullptr);
  bool const was_up = std::exchange(up_, false);
  if (was_up && clock::now() - up_since_ >= context_.options.backoff.ceiling) backoff_.reset();
  if (!wanted_) return open_after(std::chrono::milliseconds(0));
  auto wait = backoff_.next();
  // A login that is not accepted does not become better by asking every second.
  if (why.kind == error_kind::refused && !why.retryable) wait *= 10;
  open_after(wait);
  if (was_up) ++context_.count.connections_lost;
  report(why);
}

void application::report(error const& why) {
  if (why.message == last_reason_) return;
  last_reason_ = why.message;
  context_.log.warning(fmt::format("application '{}': {}", name_, why.message));
  if (auto* const l = owner_.listener()) l->on_ari_state(name_, application_state::down, &why);
}

}  // namespace calluna::ari
