#include "answer.hpp"
#include "pair_search.hpp"

#include <calluna/ami/message.hpp>

#include <cstring>

namespace calluna::ami {
namespace {

bool ends_with_word(std::string_view text, std::string_view end) noexcept {
  return text.size() >= end.size() && same_word(text.substr(text.size() - end.size()), end);
}

/// Where the line that starts at `from` ends (its CRLF, or the end of the text).
std::size_t line_end(std::string_view text, std::size_t from) noexcept {
  while (from < text.size()) {
    auto const* cr =
        static_cast<char const*>(std::memchr(text.data() + from, '\r', text.size() - from));
    if (cr == nullptr) break;
    auto const at = static_cast<std::size_t>(cr - text.data());
    if (at + 1 < text.size() && text[at + 1] == '\n') return at;
    from = at + 1;
  }
  return text.size();
}

/// The value in a line whose key ends (with its colon) before `from`: one space belongs to the wire
/// format.
std::string_view value_in(std::string_view text, std::size_t from, std::size_t end) noexcept {
  if (from < end && text[from] == ' ') ++from;
  return text.substr(from, end - from);
}

}  // namespace

bool message_view::next(std::size_t& at, std::string_view& key,
                        std::string_view& value) const noexcept {
  if (at >= text_.size()) return false;
  auto const begin = at;
  auto const end = line_end(text_, begin);
  at = end + 2;
  auto const line = text_.substr(begin, end - begin);
  auto const colon = line.find(':');
  if (colon == std::string_view::npos) {
    key = {};
    value = line;
  } else {
    key = line.substr(0, colon);
    value = value_in(text_, begin + colon + 1, end);
  }
  return true;
}

std::optional<std::string_view> message_view::find(std::string_view key) const noexcept {
  auto const size = key.size();
  auto const is_here = [&](std::size_t at) {
    return same_word(text_.substr(at, size), key) && at + size < text_.size() &&
           text_[at + size] == ':';
  };
  auto const value_at = [&](std::size_t at) {
    return value_in(text_, at + size + 1, line_end(text_, at + size + 1));
  };
  if (is_here(0)) return value_at(0);
  // A line that could be it: an LF, and a colon where the key would end.
  for (std::size_t at = 0;; ++at) {
    at = find_pair(text_, at, '\n', size + 1, ':');
    if (at == std::string_view::npos) return std::nullopt;
    if (at > 0 && text_[at - 1] == '\r' && is_here(at + 1)) return value_at(at + 1);
  }
}

std::string_view message_view::get(std::string_view key) const noexcept {
  return find(key).value_or(std::string_view{});
}

std::string_view message_view::event() const noexcept {
  constexpr std::string_view head = "Event: ";
  if (!text_.starts_with(head)) return {};
  return text_.substr(head.size(), line_end(text_, head.size()) - head.size());
}

message message::copy_of(std::string_view text) {
  auto copy = std::make_shared_for_overwrite<char[]>(text.size() + 1);
  if (!text.empty()) std::memcpy(copy.get(), text.data(), text.size());
  message_view const view({copy.get(), text.size()});
  return {std::move(copy), view};
}

std::string unescape(std::string_view value) {
  // What ast_escape_c (main/utils.c) writes, and what stands for it.
  constexpr std::string_view written = "abfnrtv\\'\"?";
  constexpr std::string_view meant = "\a\b\f\n\r\t\v\\'\"?";
  std::string plain;
  plain.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    auto const known = value[i] == '\\' && i + 1 < value.size() ? written.find(value[i + 1])
                                                                : std::string_view::npos;
    if (known == std::string_view::npos) {
      plain += value[i];
    } else {
      plain += meant[known];
      ++i;
    }
  }
  return plain;
}

bool is_escaped(std::string_view event, std::string_view key) noexcept {
  if (event == "VarSet" && same_word(key, "Value")) return true;
  // These print a name of the same key themselves, not through a channel snapshot.
  for (auto const raw : {"CEL", "Cdr", "Status", "QueueEntry", "OriginateResponse"})
    if (event == raw) return false;
  return ends_with_word(key, "CallerIDName") || ends_with_word(key, "ConnectedLineName");
}

}  // namespace calluna::ami
