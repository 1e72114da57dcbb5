#include "timeline.hpp"

#include <fmt/format.h>

namespace calluna::runtime::testing {
namespace {

char const* word(log_level level) {
  switch (level) {
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    case log_level::error:
      return "error";
  }
  return "";
}

}  // namespace

timeline::timeline(std::shared_ptr<clock const> time)
    : time_(std::move(time)), began_(time_->wall()) {}

void timeline::add(std::uint64_t about, std::string text) {
  auto const since = time_->wall() - began_;
  lines_.push_back({std::chrono::duration<double>(since).count(), about, std::move(text)});
}

void timeline::note(std::string text) {
  add(0, std::move(text));
}

void timeline::say(channel_record const& of, std::string_view text) {
  add(of.serial, fmt::format("{} {}", of.who, text));
}

void timeline::write(log_level level, std::string_view room, std::string_view text) {
  log_.push_back({level, std::string(room), std::string(text)});
  add(0, fmt::format("log {}: {}", word(level), text));
}

channel_record* timeline::find(std::uint64_t serial) {
  auto const at = channels_.find(serial);
  return at == channels_.end() ? nullptr : &at->second;
}

channel_record const* timeline::find(std::uint64_t serial) const {
  auto const at = channels_.find(serial);
  return at == channels_.end() ? nullptr : &at->second;
}

std::vector<channel_record*> timeline::of_endpoint(std::string_view endpoint) {
  std::vector<channel_record*> all;
  for (auto& [serial, r] : channels_)
    if (r.endpoint == endpoint) all.push_back(&r);
  return all;
}

std::string timeline::shown(line const& l) {
  return fmt::format("{:9.3f}  {}", l.at, l.text);
}

std::vector<std::string> timeline::lines_from(std::size_t& next) const {
  std::vector<std::string> all;
  for (; next < lines_.size(); ++next) all.push_back(shown(lines_[next]));
  return all;
}

std::vector<std::string> timeline::lines(std::set<std::uint64_t> const& about) const {
  std::set<std::string> calls;
  for (auto const serial : about)
    if (auto const* r = find(serial)) calls.insert(r->linkedid);
  std::vector<std::string> all;
  for (auto const& l : lines_) {
    auto const* r = find(l.about);
    if (r != nullptr && !calls.empty() && calls.count(r->linkedid) == 0) continue;
    all.push_back(shown(l));
  }
  return all;
}

}  // namespace calluna::runtime::testing
