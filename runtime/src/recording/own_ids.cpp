#include "own_ids.hpp"

#include <cctype>

namespace calluna::runtime::recording {
namespace {

constexpr std::string_view prefix = "calluna-";

bool is_hex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

/// Skips what `is` likes; false if that is nothing.
template <class Is>
bool skip(std::string_view text, std::size_t& at, Is is) {
  auto const from = at;
  while (at < text.size() && is(text[at])) ++at;
  return at != from;
}

/// "GENERATION-KINDn" at `at`, which moves behind it.
bool skip_tail(std::string_view text, std::size_t& at) {
  auto end = at;
  if (!skip(text, end, is_digit) || end == text.size() || text[end] != '-') return false;
  if (!skip(text, ++end, is_letter) || !skip(text, end, is_digit)) return false;
  at = end;
  return true;
}

/// Where the id that begins at `at` ends; `at` if none does. The random part of a running runtime
/// is eight hex digits; a stage has none.
std::size_t end_of_id(std::string_view text, std::size_t at) {
  if (text.substr(at, prefix.size()) != prefix) return at;
  auto end = at + prefix.size();
  auto random = end;
  if (skip(text, random, is_hex) && random - end == 8 && random < text.size() &&
      text[random] == '-') {
    ++random;
    if (skip_tail(text, random)) return random;
  }
  return skip_tail(text, end) ? end : at;
}

/// The text with `instead` in the place of each id.
template <class Instead>
std::string replaced(std::string_view text, Instead instead) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    auto const end = end_of_id(text, at);
    if (end == at)
      out += text[at++];
    else
      out += instead(std::string(text.substr(at, end - at))), at = end;
  }
  return out;
}

}  // namespace

std::vector<std::string> own_ids::in(std::string_view text) {
  std::vector<std::string> all;
  replaced(text, [&](std::string const& id) { return all.push_back(id), id; });
  return all;
}

std::string own_ids::without(std::string_view text,
                             std::map<std::string, std::string> const& known) {
  return replaced(text, [&](std::string const& id) { return known.count(id) != 0 ? id : "#"; });
}

void own_ids::learn(std::string_view recorded, std::string_view now) {
  auto const old_ids = in(recorded), new_ids = in(now);
  if (old_ids.size() != new_ids.size()) return;
  for (std::size_t i = 0; i < old_ids.size(); ++i)
    if (now_.emplace(old_ids[i], new_ids[i]).second) recorded_.emplace(new_ids[i], old_ids[i]);
}

std::string own_ids::translate(std::string_view recorded) const {
  return replaced(recorded, [&](std::string const& id) {
    auto const known = now_.find(id);
    return known == now_.end() ? id : known->second;
  });
}

bool own_ids::alike(std::string_view recorded, std::string_view now) const {
  return without(translate(recorded), recorded_) == without(now, recorded_);
}

}  // namespace calluna::runtime::recording
