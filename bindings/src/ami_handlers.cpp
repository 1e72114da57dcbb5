#include "ami_handlers.hpp"

#include <lua.hpp>

namespace calluna::bindings {

bool matches_pattern(std::string_view pattern, std::string_view name) noexcept {
  if (!pattern.empty() && pattern.back() == '*')
    return name.substr(0, pattern.size() - 1) == pattern.substr(0, pattern.size() - 1);
  return pattern == name;
}

std::uint64_t ami_handlers::add(handler h, bool& patterns_changed) {
  patterns_changed = ++pattern_uses_[h.pattern] == 1;
  by_event_.clear();
  handlers_.emplace(++last_id_, std::move(h));
  return last_id_;
}

int ami_handlers::remove(std::uint64_t id, bool& patterns_changed) {
  patterns_changed = false;
  auto const found = handlers_.find(id);
  if (found == handlers_.end()) return LUA_NOREF;
  int const function = found->second.function;
  auto const uses = pattern_uses_.find(found->second.pattern);
  if (--uses->second == 0) {
    pattern_uses_.erase(uses);
    patterns_changed = true;
  }
  by_event_.clear();
  handlers_.erase(found);
  return function;
}

bool ami_handlers::keep_what_stays() {
  std::vector<std::uint64_t> dropped;
  for (auto const& [id, h] : handlers_)
    if (h.function != LUA_NOREF && !h.stays) dropped.push_back(id);
  bool changed = false;
  for (auto const id : dropped) {
    bool one = false;
    remove(id, one);
    changed = changed || one;
  }
  return changed;
}

std::vector<std::string> ami_handlers::patterns() const {
  std::vector<std::string> all;
  for (auto const& [pattern, uses] : pattern_uses_) all.push_back(pattern);
  return all;
}

std::vector<std::uint64_t> const& ami_handlers::matching(std::string_view event_name) {
  auto const known = by_event_.find(event_name);
  if (known != by_event_.end()) return known->second;
  auto& ids = by_event_[std::string(event_name)];
  for (auto const& [id, h] : handlers_)
    if (matches_pattern(h.pattern, event_name)) ids.push_back(id);
  return ids;
}

ami_handlers::handler const* ami_handlers::find(std::uint64_t id) const noexcept {
  auto const found = handlers_.find(id);
  return found == handlers_.end() ? nullptr : &found->second;
}

bool ami_handlers::passes(handler const& h, ami::message_view const& event,
                          std::uint32_t pbx) noexcept {
  if (h.pbx >= 0 && static_cast<std::uint32_t>(h.pbx) != pbx) return false;
  for (auto const& [key, value] : h.filter)
    if (event.get(key) != value) return false;
  return true;
}

}  // namespace calluna::bindings
