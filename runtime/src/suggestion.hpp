#pragma once
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calluna::runtime {

/// How many letters must be added, dropped, changed or swapped with their neighbour.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

/// " (did you mean 'user'?)" if one of `words` is near enough to `given`, otherwise "".
template <class Words>
std::string suggestion(std::string_view given, Words const& words) {
  if (given.size() > 40) return {};
  std::string_view best;
  std::size_t best_distance = given.size() / 3 + 2;
  for (std::string_view word : words) {
    auto const distance = edit_distance(given, word);
    if (distance < best_distance && distance < word.size()) {
      best = word;
      best_distance = distance;
    }
  }
  return best.empty() ? std::string{} : " (did you mean '" + std::string{best} + "'?)";
}

/// "a, b, c"
template <class Words>
std::string listed(Words const& words) {
  std::string text;
  for (std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

}  // namespace calluna::runtime
