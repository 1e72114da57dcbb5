#include "regex_head.hpp"

namespace calluna::numbers {
namespace {

/// What a part of a pattern can begin with, and whether it can be empty.
struct head {
  digit_set first;
  bool empty = false;
};

/// Descends into a pattern; the first thing it does not know makes it fail for good.
class head_parser {
 public:
  explicit head_parser(std::string_view pattern) : rest_(pattern) {}

  std::optional<head> whole() {
    auto const h = alternatives();
    if (failed_ || !rest_.empty()) return std::nullopt;
    return h;
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  char next() {
    if (rest_.empty()) return failed_ = true, '\0';
    char const c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  unsigned digit(char c) {
    if (c < '0' || c > '9') return failed_ = true, 0;
    return static_cast<unsigned>(c - '0');
  }

  head alternatives() {
    head h = sequence();
    while (!failed_ && take('|')) {
      head const other = sequence();
      h = {h.first | other.first, h.empty || other.empty};
    }
    return h;
  }

  head sequence() {
    head h{{}, true};
    while (!failed_ && !rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      head const part = repeated(atom());
      if (h.empty) h = {h.first | part.first, part.empty};
    }
    return h;
  }

  head repeated(head h) {
    if (take('?') || take('*')) h.empty = true;
    if (take('+')) return h;
    if (!take('{')) return h;
    if (rest_.substr(0, 1) == "0") h.empty = true;
    for (char c = next(); c != '}' && !failed_; c = next())
      if (c != ',') digit(c);
    return h;
  }

  head atom() {
    char const c = next();
    if (c == '$') return {{}, true};
    if (c == '(') return group();
    if (c == '[') return {set(), false};
    if (c == '\\') {
      if (next() != 'd') failed_ = true;
      return {digit_set::all(), false};
    }
    head h;
    h.first.add(digit(c));
    return h;
  }

  head group() {
    if (take('?') && !take(':')) failed_ = true;
    head const h = alternatives();
    if (!take(')')) failed_ = true;
    return h;
  }

  digit_set set() {
    digit_set members;
    for (char c = next(); c != ']' && !failed_; c = next()) {
      unsigned const from = digit(c);
      unsigned const to = take('-') ? digit(next()) : from;
      for (unsigned d = from; d <= to; ++d) members.add(d);
    }
    return members;
  }

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace

std::optional<digit_set> regex_head(std::string_view pattern) {
  auto const h = head_parser(pattern).whole();
  if (!h || h->empty) return std::nullopt;
  return h->first;
}

}  // namespace calluna::numbers
