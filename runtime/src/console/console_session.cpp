#include "console_session.hpp"

#include <fmt/format.h>

#include <utility>

namespace calluna::runtime::console {
namespace {

using nlohmann::json;
using clock_type = std::chrono::steady_clock;

constexpr std::chrono::seconds answer_within{1};
constexpr std::size_t most_output = 64 * 1024;

}  // namespace

session::session(io::executor const& io, std::shared_ptr<generation> script,
                 std::shared_ptr<bindings::feed> words)
    : script_(std::move(script)),
      words_(std::move(words)),
      patience_(std::make_shared<boost::asio::steady_timer>(io)),
      asked_at_(clock_type::now()) {}

void session::run(std::string text, control_server::reply reply) {
  if (line_runs_) return reply(fail(error_kind::busy, "a line runs already: wait or interrupt it"));
  line_runs_ = true;
  interrupting_ = false;
  outcome_ = nullptr;
  words_->give({{"line", ++line_}, {"text", std::move(text)}});
  more(std::move(reply));
}

void session::more(control_server::reply reply) {
  if (waiting_) return reply(fail(error_kind::rejected, "somebody waits for this line already"));
  asked_at_ = clock_type::now();
  waiting_ = std::move(reply);
  if (!line_runs_) return give();
  patience_->expires_after(answer_within);
  patience_->async_wait(
      [this, alive = std::weak_ptr(patience_)](boost::system::error_code const& code) {
        if (!code && !alive.expired() && waiting_) give();
      });
}

void session::interrupt() {
  if (!line_runs_) return;
  interrupting_ = true;
  words_->give({{"line", line_}, {"interrupt", true}});
}

void session::dismiss(error const& why) {
  patience_->cancel();
  if (auto reply = std::exchange(waiting_, nullptr)) reply(fail(why));
}

void session::printed(std::string text) {
  if (output_bytes_ + text.size() > most_output) {
    dropped_ += text.size();
    return;
  }
  output_bytes_ += text.size();
  output_.push_back(std::move(text));
}

void session::finished(std::uint64_t number, std::string const& what, std::string text) {
  if (number != line_ || !line_runs_) return;
  line_runs_ = interrupting_ = false;
  outcome_ = json::object();
  if (what == "incomplete")
    outcome_ = {{"incomplete", true}, {"message", std::move(text)}};
  else
    outcome_[what] = std::move(text);
  if (waiting_) give();
}

std::chrono::nanoseconds session::silent_for(clock_type::time_point now) const noexcept {
  return waiting_ ? std::chrono::nanoseconds{} : now - asked_at_;
}

void session::give() {
  patience_->cancel();
  auto told = std::exchange(outcome_, nullptr);
  if (told.is_null()) told = json::object();
  if (dropped_ != 0) output_.push_back(fmt::format("... {} bytes more were dropped", dropped_));
  told["output"] = std::exchange(output_, json::array());
  told["done"] = !line_runs_;
  output_bytes_ = dropped_ = 0;
  std::exchange(waiting_, nullptr)(std::move(told));
}

}  // namespace calluna::runtime::console
