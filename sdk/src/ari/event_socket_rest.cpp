// REST over a WebSocket: requests from the executor and past it, their answers and deadlines.
#include "event_socket.hpp"
#include "rest_message.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace calluna::ari {

bool event_socket::submit(rest_call& call) {
  if (out_.size() > max_unwritten) return false;
  hold_line();
  scratch_.clear();
  auto const id = first_id_ + calls_.size();
  if (!append_rest_request(scratch_, id, call.what) || scratch_.size() > max_frame) {
    write_soon();  // gives the line back
    return false;
  }
  encoder_.append(out_, io::websocket_kind::text, scratch_);
  calls_.push_back(std::move(call));
  write_soon();
  return true;
}

void event_socket::answered(std::string_view json) {
  rest_response_view answer;
  if (!scan_rest_response(json, answer)) {
    ++context_.count.malformed;
    return;
  }
  carries_rest_ = true;
  claim_line();
  if (answer.id < first_id_ || answer.id - first_id_ >= calls_.size())
    return;  // probe, or too late
  auto call = std::move(calls_[answer.id - first_id_]);
  while (!calls_.empty() && !calls_.front().done) {
    calls_.pop_front();
    ++first_id_;
  }
  if (!call.done || tell_ == nullptr) return;
  std::string body;
  if (append_json_unescaped(body, answer.body))
    tell_->on_answer(std::move(call),
                     to_result(context_, answer.status, answer.reason, std::move(body)));
  else
    tell_->on_answer(std::move(call), fail(error_kind::protocol, "a broken escape in an answer"));
}

event_socket::time_point event_socket::sweep(time_point now) {
  see_sent();
  std::vector<rest_call> due;
  auto next = time_point::max();
  auto id = first_id_;
  std::vector<bool> was_sent;
  for (auto& call : calls_) {
    if (call.done && call.deadline <= now) {
      due.push_back(std::move(call));
      was_sent.push_back(id < first_unsent_);
    } else if (call.done) {
      next = std::min(next, call.deadline);
    }
    ++id;
  }
  while (!calls_.empty() && !calls_.front().done) {
    calls_.pop_front();
    ++first_id_;
  }
  for (std::size_t i = 0; i < due.size() && tell_ != nullptr; ++i) {
    // Its frame may still leave: what is in the buffer cannot be taken back.
    bool const again = due[i].repeatable();
    tell_->on_answer(std::move(due[i]),
                     fail(error_kind::timeout, context_.url + ": no answer in time", again));
  }
  return next;
}

// -- requests that go past the executor

std::size_t event_socket::credit() const noexcept {
  return io::credit_for(calls_.size(), context_.options.max_pending);
}

void event_socket::claim_line() {
  if (line_.owner != nullptr || closing_ || !stream_ || stream_->socket() < 0) return;
  line_.owner = this;
  hold_line();  // until `write` has told the next id
  line_.line.open(stream_->socket(), credit(), [weak = weak_from_this(), on = context_.on] {
    boost::asio::post(on, [weak] {
      auto const self = weak.lock();
      if (self && self->tell_ != nullptr && self->has_line()) self->hold_line(), self->write_soon();
    });
  });
  write_soon();
}

std::string event_socket::give_line_up() {
  if (!has_line()) return {};
  auto rest = line_.line.close();
  see_sent();
  holds_line_ = false;
  line_.owner = nullptr;
  return rest;
}

void event_socket::hold_line() {
  if (!has_line() || holds_line_) return;
  holds_line_ = true;
  out_.insert(0, line_.line.hold());
  see_sent();
}

void event_socket::see_sent() {
  if (!has_line()) return;
  line_.line.take_sent(seen_, credit());
  if (seen_.empty()) return;
  context_.count.requests += seen_.size();
  context_.count.over_websocket += seen_.size();
  for (auto& call : seen_) calls_.push_back(std::move(call));
  seen_.clear();
  // Others could send, so nothing of ours was waiting.
  first_unsent_ = first_id_ + calls_.size();
}

}  // namespace calluna::ari
