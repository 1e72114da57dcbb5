#include <calluna/runtime/web/push_topics.hpp>

namespace calluna::runtime::web {

void push_topics::forget_expiry(std::string_view topic, std::string_view key, value const& of) {
  if (!of.until) return;
  auto const [first, last] = expiries_.equal_range(*of.until);
  for (auto i = first; i != last; ++i)
    if (i->second.first == topic && i->second.second == key) {
      expiries_.erase(i);
      return;
    }
}

bool push_topics::set(std::string_view topic, std::string_view key, std::string text,
                      std::optional<clock::time_point> until) {
  auto const at = topics_.find(topic);
  auto const had = at == topics_.end() ? keys::const_iterator{} : at->second.find(key);
  bool const fresh = at == topics_.end() || had == at->second.end();
  auto more = text.size();
  if (at == topics_.end()) more += topic.size();
  if (fresh) more += key.size();
  auto const less = fresh ? 0 : had->second.text.size();
  if (text.size() > limits_.value || bytes_ + more - less > limits_.bytes) return false;
  if (at == topics_.end() && topics_.size() >= limits_.topics) return false;
  if (at != topics_.end() && fresh && at->second.size() >= limits_.keys_per_topic) return false;

  bytes_ += more;
  bytes_ -= less;
  if (!fresh) forget_expiry(topic, key, had->second);
  auto& into = at == topics_.end() ? topics_[std::string{topic}] : at->second;
  into.insert_or_assign(std::string{key}, value{std::move(text), until});
  if (until) expiries_.emplace(*until, std::pair{std::string{topic}, std::string{key}});
  return true;
}

bool push_topics::clear(std::string_view topic, std::string_view key) {
  auto const at = topics_.find(topic);
  if (at == topics_.end()) return false;
  auto const had = at->second.find(key);
  if (had == at->second.end()) return false;
  forget_expiry(topic, key, had->second);
  bytes_ -= had->second.text.size() + had->first.size();
  at->second.erase(had);
  if (at->second.empty()) {
    bytes_ -= at->first.size();
    topics_.erase(at);
  }
  return true;
}

std::vector<std::string> push_topics::with_key(std::string_view prefix,
                                               std::string_view key) const {
  std::vector<std::string> out;
  for (auto at = topics_.lower_bound(prefix); at != topics_.end(); ++at) {
    if (std::string_view{at->first}.substr(0, prefix.size()) != prefix) break;
    if (at->second.find(key) != at->second.end()) out.push_back(at->first);
  }
  return out;
}

std::optional<clock::time_point> push_topics::next_expiry() const {
  if (expiries_.empty()) return std::nullopt;
  return expiries_.begin()->first;
}

std::vector<std::pair<std::string, std::string>> push_topics::expire(clock::time_point now) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!expiries_.empty() && expiries_.begin()->first <= now) {
    out.push_back(expiries_.begin()->second);
    clear(out.back().first, out.back().second);
  }
  return out;
}

push_topics::keys const* push_topics::find(std::string_view topic) const {
  auto const at = topics_.find(topic);
  return at == topics_.end() ? nullptr : &at->second;
}

}  // namespace calluna::runtime::web
