#include "printable.hpp"

#include <calluna/agi/session.hpp>

namespace calluna::agi {

result<void> session::received(std::string_view bytes) {
  if (phase_ == phase::closed) return {};
  unread_ += bytes;
  std::size_t begin = 0;
  for (std::size_t at = looked_; (at = unread_.find('\n', at)) != std::string::npos; begin = ++at) {
    std::string_view line(unread_.data() + begin, at - begin);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    auto heard = on_line(line);
    if (!heard) {
      phase_ = phase::closed;
      return heard;
    }
  }
  unread_.erase(0, begin);
  looked_ = unread_.size();
  auto const room = phase_ == phase::environment ? most_bytes - bytes_ : longest_reply;
  if (unread_.size() + partial_.size() <= room) return {};
  auto why = too_long();
  phase_ = phase::closed;
  return fail(std::move(why));
}

result<void> session::on_line(std::string_view line) {
  if (phase_ == phase::environment) return on_environment(line);
  if (!has_partial_ && line == "HANGUP") {
    hung_up_ = true;
    return {};
  }
  if (phase_ == phase::waiting) return on_reply(line);
  return fail(error_kind::protocol, "AGI: \"" + printable(line) + "\" without a command");
}

result<void> session::on_environment(std::string_view line) {
  if (line.empty() && lines_ != 0) {
    phase_ = phase::idle;
    return {};
  }
  bytes_ += line.size() + 1;
  if (++lines_ > most_lines || bytes_ > most_bytes) return fail(too_long());
  return call_.take(line);
}

result<void> session::on_reply(std::string_view line) {
  if (has_partial_) partial_ += '\n';
  partial_ += line;
  has_partial_ = true;
  if (!is_whole(partial_))
    return partial_.size() <= longest_reply ? result<void>{} : fail(too_long());
  auto parsed = parse_reply(partial_);
  partial_.clear();
  has_partial_ = false;
  if (!parsed) return fail(std::move(parsed).error());
  reply_ = std::move(*parsed);
  phase_ = phase::idle;
  return {};
}

void session::submit(std::string line) {
  if (phase_ != phase::idle) return;
  phase_ = phase::waiting;
  output_ += line;
}

error session::too_long() const {
  if (phase_ == phase::waiting || phase_ == phase::idle)
    return {error_kind::protocol,
            "AGI: a reply of more than " + std::to_string(longest_reply) + " bytes",
            false,
            {}};
  return {error_kind::protocol,
          "AGI: more than " + std::to_string(most_lines) + " lines or " +
              std::to_string(most_bytes) + " bytes before the empty line",
          false,
          {}};
}

}  // namespace calluna::agi
