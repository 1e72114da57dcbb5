#include "recorder.hpp"

#include "recording.hpp"
#include "secrets.hpp"

#include <calluna/ami/message.hpp>

#include <fmt/format.h>

namespace calluna::runtime::recording {

using nlohmann::json;

namespace {

json told(ami::response const& answer) {
  json items = json::array();
  for (auto const& item : answer.items) items.push_back(hide_in_ami(item->text()));
  return {{"head", hide_in_ami(answer.head->text())}, {"items", std::move(items)}};
}

json told(ari::response const& answer) {
  return {{"status", answer.status}, {"body", body_value(answer.body)}};
}

}  // namespace

result<void> recorder::begin(json header) {
  std::lock_guard const lock(mutex_);
  if (on()) return fail(error_kind::rejected, "a recording goes on already");
  lines_.clear();
  overrun_ = false;
  began_ = std::chrono::steady_clock::now();
  header["calluna"] = "recording";
  header["version"] = format_version;
  header["began"] =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  lines_.push_back(header.dump());
  bytes_ = lines_.back().size();
  on_ = true;
  return {};
}

void recorder::end() {
  if (!on()) return;
  add({{"end", true}});
  on_ = false;
}

recorder::fetched recorder::take(std::size_t bytes) {
  std::lock_guard const lock(mutex_);
  fetched some;
  for (std::size_t taken = 0; taken < bytes && !lines_.empty(); lines_.pop_front()) {
    taken += lines_.front().size();
    bytes_ -= lines_.front().size();
    some.lines.push_back(std::move(lines_.front()));
  }
  some.more = !lines_.empty();
  some.overrun = overrun_;
  return some;
}

void recorder::when_some(unique_function<void()> call) {
  std::unique_lock lock(mutex_);
  if (lines_.empty() || !call) {
    when_some_ = std::move(call);
    return;
  }
  lock.unlock();
  call();
}

double recorder::now() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

json recorder::begin_line(std::string_view pbx) {
  return {{"pbx", pbx}};
}

void recorder::add(json line) {
  unique_function<void()> call;
  {
    std::lock_guard const lock(mutex_);
    if (!on()) return;
    line["at"] = now();
    auto text = line.dump(-1, ' ', false, json::error_handler_t::replace);
    bytes_ += text.size();
    if (bytes_ > most_waiting) {
      bytes_ -= text.size();
      overrun_ = true;
      on_ = false;
    } else {
      lines_.push_back(std::move(text));
    }
    call = std::exchange(when_some_, nullptr);
  }
  if (call) call();
}

void recorder::events(std::string_view pbx, ami::event_batch const& batch) {
  for (auto const& event : batch.events) {
    auto line = begin_line(pbx);
    line["event"] = hide_in_ami(event.text());
    add(std::move(line));
  }
}

void recorder::events(std::string_view pbx, ari::event_batch const& batch) {
  for (auto const& event : batch.events) {
    auto line = begin_line(pbx);
    line["ari"] = body_value(std::string(event.json));
    add(std::move(line));
  }
}

void recorder::link(std::string_view pbx, std::string_view application, bool up) {
  auto line = begin_line(pbx);
  line["link"] = application.empty() ? "ami" : "ari";
  if (!application.empty()) line["application"] = application;
  line["up"] = up;
  add(std::move(line));
}

template <class Answer>
unique_function<void(result<Answer>)> recorder::write_answer(
    json line, unique_function<void(result<Answer>)> done) {
  return [self = shared_from_this(), line = std::move(line),
          done = std::move(done)](result<Answer> answer) mutable {
    if (answer)
      line["answer"] = told(*answer);
    else
      line["error"] = {{"kind", to_string(answer.error().kind)},
                       {"message", answer.error().message},
                       {"retryable", answer.error().retryable}};
    self->add(std::move(line));
    done(std::move(answer));
  };
}

unique_function<void(result<ami::response>)> recorder::answered(
    std::string const& pbx, std::string_view action,
    unique_function<void(result<ami::response>)> done) {
  auto line = begin_line(pbx);
  line["asked"] = now();
  line["action"] = action_block(action);
  return write_answer(std::move(line), std::move(done));
}

unique_function<void(result<ari::response>)> recorder::answered(
    std::string const& pbx, ari::request const& asked,
    unique_function<void(result<ari::response>)> done) {
  auto line = begin_line(pbx);
  line["asked"] = now();
  line["request"] = request_line(asked);
  if (!asked.body.empty()) line["body"] = body_value(asked.body);
  return write_answer(std::move(line), std::move(done));
}

}  // namespace calluna::runtime::recording
