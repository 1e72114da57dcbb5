#include <calluna/sim/dialplan.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace calluna::sim {
namespace {

constexpr int max_includes = 16;

std::string_view trimmed(std::string_view text) {
  constexpr auto blank = " \t\r";
  auto const begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blank) + 1 - begin);
}

std::optional<int> number_in(std::string_view text) {
  int value = 0;
  auto const [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

/// Whether `c` is in "1-9a" (what stands between [ and ]).
bool in_set(std::string_view set, char c) noexcept {
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      if (set[i] <= c && c <= set[i + 2]) return true;
      i += 2;
    } else if (set[i] == c) {
      return true;
    }
  }
  return false;
}

std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == ';' && (i == 0 || line[i - 1] != '\\')) return line.substr(0, i);
  return line;
}

/// "n(label)" -> priority after `last`, label.
bool read_priority(std::string_view text, int last, int& priority, std::string& label) {
  if (auto const open = text.find('('); open != std::string_view::npos) {
    if (text.back() != ')') return false;
    label = text.substr(open + 1, text.size() - open - 2);
    text = text.substr(0, open);
  }
  if (text == "n") {
    priority = last + 1;
    return last > 0;
  }
  auto const number = number_in(text);
  priority = number.value_or(0);
  return priority > 0;
}

}  // namespace

std::vector<std::string_view> const& dialplan::applications() {
  static std::vector<std::string_view> const names{
      "AGI",        "Answer", "Busy",       "ChanSpy",     "ConfBridge", "Congestion",
      "Dial",       "Goto",   "Hangup",     "MusicOnHold", "NoOp",       "Park",
      "ParkedCall", "Pickup", "PickupChan", "Playback",    "Progress",   "Queue",
      "Ringing",    "Set",    "Stasis",     "UserEvent",   "Wait"};
  return names;
}

bool matches(std::string_view pattern, std::string_view exten) noexcept {
  if (pattern.empty() || pattern[0] != '_') return pattern == exten;
  std::size_t at = 0;
  for (std::size_t i = 1; i < pattern.size(); ++i) {
    char const p = pattern[i];
    if (p == '.') return at < exten.size();
    if (p == '!') return true;
    if (p == '-') continue;  // dashes only make numbers readable, on both sides
    while (at < exten.size() && exten[at] == '-') ++at;
    if (at == exten.size()) return false;
    char const c = exten[at++];
    bool const digit = c >= '0' && c <= '9';
    if (p == '[') {
      auto const end = pattern.find(']', i);
      if (end == std::string_view::npos || !in_set(pattern.substr(i + 1, end - i - 1), c))
        return false;
      i = end;
    } else if (p == 'X' || p == 'x') {
      if (!digit) return false;
    } else if (p == 'Z' || p == 'z') {
      if (!digit || c == '0') return false;
    } else if (p == 'N' || p == 'n') {
      if (!digit || c < '2') return false;
    } else if (p != c) {
      return false;
    }
  }
  while (at < exten.size() && exten[at] == '-') ++at;
  return at == exten.size();
}

std::vector<std::string> split_arguments(std::string_view text, char at) {
  std::vector<std::string> parts(1);
  int depth = 0;
  bool quoted = false;
  for (char const c : text) {
    if (c == '"') quoted = !quoted;
    if (c == '(' || c == '{' || c == '[') ++depth;
    if (c == ')' || c == '}' || c == ']') --depth;
    if (c == at && depth == 0 && !quoted)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::string substitute(std::string_view text,
                       std::function<std::string(std::string const&)> const& value_of) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) != "${") {
      out += text[i];
      continue;
    }
    int depth = 0;
    auto end = i + 1;
    for (; end < text.size(); ++end) {
      if (text[end] == '{') ++depth;
      if (text[end] == '}' && --depth == 0) break;
    }
    if (end >= text.size()) return out.append(text.substr(i));
    auto const parts = split_arguments(substitute(text.substr(i + 2, end - i - 2), value_of), ':');
    auto value = value_of(parts[0]);
    if (parts.size() > 1) {
      auto const size = static_cast<int>(value.size());
      auto from = number_in(parts[1]).value_or(0);
      from = std::clamp(from < 0 ? size + from : from, 0, size);
      auto length = parts.size() > 2 ? number_in(parts[2]).value_or(size) : size;
      if (length < 0) length = std::max(size - from + length, 0);
      value = value.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(length));
    }
    out += value;
    i = end;
  }
  return out;
}

result<void> dialplan::read(std::string_view text) {
  section* here = nullptr;
  steps* exten = nullptr;
  int last = 0;
  int number = 0;
  for (std::size_t at = 0; at < text.size(); ++number) {
    auto const end = std::min(text.find('\n', at), text.size());
    auto const line = trimmed(without_comment(text.substr(at, end - at)));
    at = end + 1;
    auto const wrong = [&](std::string const& what) {
      return fail(error_kind::invalid,
                  fmt::format("dialplan, line {}: {}: {}", number + 1, what, line));
    };
    if (line.empty()) continue;
    if (line[0] == '[') {
      if (line.back() != ']') return wrong("a context ends with ]");
      here = &contexts_[std::string(line.substr(1, line.size() - 2))];
      exten = nullptr;
      continue;
    }
    auto const arrow = line.find('=');
    if (here == nullptr || arrow == std::string_view::npos)
      return wrong(here == nullptr ? "no [context] before it" : "neither exten, same nor include");
    auto const word = trimmed(line.substr(0, arrow));
    auto rest = line.substr(arrow + 1);
    if (!rest.empty() && rest[0] == '>') rest.remove_prefix(1);
    rest = trimmed(rest);
    if (word == "include") {
      here->includes.emplace_back(rest);
      continue;
    }
    if (word != "exten" && word != "same") return wrong("neither exten, same nor include");
    if (word == "exten") {
      auto const comma = rest.find(',');
      if (comma == std::string_view::npos) return wrong("no priority");
      exten = &here->extensions[std::string(trimmed(rest.substr(0, comma)))];
      last = exten->empty() ? 0 : exten->rbegin()->first;
      rest = trimmed(rest.substr(comma + 1));
    }
    if (exten == nullptr) return wrong("'same' follows no 'exten'");
    auto const comma = rest.find(',');
    if (comma == std::string_view::npos) return wrong("no application");
    step s;
    int priority = 0;
    if (!read_priority(trimmed(rest.substr(0, comma)), last, priority, s.label))
      return wrong("not a priority");
    auto const call = trimmed(rest.substr(comma + 1));
    auto const open = call.find('(');
    s.app = trimmed(call.substr(0, open));
    if (open != std::string_view::npos) {
      if (call.back() != ')') return wrong("no ) at the end");
      s.data = call.substr(open + 1, call.size() - open - 2);
    }
    auto const& known = applications();
    if (std::find(known.begin(), known.end(), s.app) == known.end())
      return wrong(fmt::format("the offline PBX has no application '{}'; it has {}", s.app,
                               fmt::join(known, ", ")));
    (*exten)[priority] = std::move(s);
    last = priority;
  }
  return {};
}

dialplan::steps const* dialplan::look_up(std::string_view name, std::string_view exten,
                                         int depth) const {
  auto const at = contexts_.find(name);
  if (at == contexts_.end() || depth > max_includes) return nullptr;
  auto const& all = at->second.extensions;
  if (auto const exact = all.find(exten); exact != all.end()) return &exact->second;
  steps const* best = nullptr;
  std::size_t best_width = 0;
  for (auto const& one : all) {
    if (one.first[0] != '_' || !matches(one.first, exten)) continue;
    // A pattern that ends open is wider than one that does not; a longer one is narrower.
    auto const open = one.first.back() == '.' || one.first.back() == '!';
    auto const width = (open ? 1000U : 0U) + 200 - std::min<std::size_t>(one.first.size(), 200);
    if (best == nullptr || width < best_width) {
      best = &one.second;
      best_width = width;
    }
  }
  if (best != nullptr) return best;
  for (auto const& other : at->second.includes)
    if (auto const* found = look_up(other, exten, depth + 1)) return found;
  return nullptr;
}

step const* dialplan::find(std::string_view context, std::string_view exten, int priority) const {
  auto const* all = look_up(context, exten, 0);
  if (all == nullptr) return nullptr;
  auto const at = all->find(priority);
  return at == all->end() ? nullptr : &at->second;
}

int dialplan::labelled(std::string_view context, std::string_view exten,
                       std::string_view label) const {
  if (auto const* all = look_up(context, exten, 0))
    for (auto const& [priority, s] : *all)
      if (s.label == label) return priority;
  return 0;
}

bool dialplan::has_context(std::string_view context) const {
  return contexts_.find(context) != contexts_.end();
}

}  // namespace calluna::sim
